import type { paths } from './schema.js';

/** What a list answers. */
interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

type AnswerOf<Path extends keyof paths> = paths[Path] extends {
  readonly get: { readonly responses: { readonly 200: { readonly content: { readonly 'application/json': infer Body } } } };
}
  ? Body
  : never;

/** The addresses that answer page by page. */
export type ListPath = { [Path in keyof paths]: AnswerOf<Path> extends Page<unknown> ? Path : never }[keyof paths];

/** What stands in the list at an address. */
export type ItemOf<Path extends ListPath> = AnswerOf<Path> extends Page<infer Item> ? Item : never;

type ParametersOf<Path extends ListPath> = paths[Path] extends { readonly get: { readonly parameters: infer Parameters } } ? Parameters : never;

/** Path and query parameters of a list, without the cursor: that is what the iteration takes care of. */
export interface ListParams<Path extends ListPath> {
  readonly path?: ParametersOf<Path> extends { readonly path: infer Values } ? Values : never;
  readonly query?: ParametersOf<Path> extends { readonly query?: infer Values } ? Omit<NonNullable<Values>, 'after'> : never;
}

/**
 * Everything in a list, fetched page by page as it is asked for.
 * @param read  one page
 */
export async function* itemsOf<Item>(read: (after: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item, void, undefined> {
  let after: string | undefined;
  do {
    const page: Page<Item> = await read(after);
    yield* page.data;
    after = page.nextCursor ?? undefined;
  } while (after !== undefined);
}
