import { Logger } from '@nestjs/common';
import { describeError } from '../problems/describe-error.js';
import { problemBody } from '../problems/problem.js';

/** At most this many in one request (api.md, "Bulk"). */
export const MAX_BULK_ITEMS = 1000;

/** How one item of a bulk request went: the status that it would have got alone, and its id or what is wrong with it. */
export type BulkResult<Done extends object = { readonly id: string }> = { readonly index: number; readonly status: number } & (
  (Done & { readonly problem?: never }) | { readonly problem: Readonly<Record<string, unknown>> }
);

const logger = new Logger('Bulk');

/**
 * Does one item after the other, each for itself: one that fails leaves the others alone.
 * @param work  one transaction; `created` tells 201 from 200
 * @param from  the index of the first item, when these go on where others ended
 */
export async function eachItem<Item, Done extends object>(
  items: readonly Item[],
  work: (item: Item) => Promise<Done & { readonly created: boolean }>,
  from = 0,
): Promise<BulkResult<Omit<Done, 'created'>>[]> {
  const results: BulkResult<Omit<Done, 'created'>>[] = [];
  for (const [at, item] of items.entries()) {
    const index = from + at;
    try {
      const { created, ...done } = await work(item);
      results.push({ index, status: created ? 201 : 200, ...done });
    } catch (error) {
      const spec = describeError(error);
      if (spec.status >= 500) logger.error({ err: error, index }, 'an item of a bulk request failed');
      results.push({ index, status: spec.status, problem: problemBody(spec, `#/items/${index}`) });
    }
  }
  return results;
}
