import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { linkKey } from '../../../domain/link-key.js';
import type { RobotsAnswer } from '../../../domain/robots-watch.js';
import { Clock, HOUR_MS, SECOND_MS } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { type AskedBy, PageLook } from '../../../platform/web-fetch/page-look.js';

/** What an address answered when it was looked at last. */
export interface TargetLook {
  /** Null when it could not be seen. */
  readonly status: number | null;
  /** Where it redirects to; null when nowhere. */
  readonly endsAt: string | null;
}

/** For whom it is looked; of a caller who may give up. */
export interface Asker {
  readonly workspaceId: string;
  readonly askedBy: AskedBy;
  readonly signal: AbortSignal;
}

/** A good answer is believed for a day, any other is asked again after an hour. */
const FRESH = { goodMs: 24 * HOUR_MS, otherMs: HOUR_MS };
/** All looks of one check together. */
const PATIENCE_MS = 15 * SECOND_MS;
const MAX_URL = 4096;
const KEPT_OUT: readonly RobotsAnswer[] = ['disallowed', 'unreachable'];
/** RFC 6761: names that lead nowhere by agreement. */
const NOWHERE = /\.(example|invalid)\.?$/i;

/**
 * Takes the look for this caller, unless a fresh one is known: of several checks at once only one asks.
 * The row that a dead caller leaves says that nothing was seen, and is asked again as such.
 */
const CLAIM = `
  INSERT INTO target_looks AS l (workspace_id, url_key, looked_at) VALUES ($1, $2, $3)
  ON CONFLICT (workspace_id, url_key) DO UPDATE SET looked_at = $3
   WHERE l.looked_at <= CASE WHEN l.status < 400 THEN $4::timestamptz ELSE $5::timestamptz END
  RETURNING url_key`;

/** Looks at targets, and at addresses that may redirect to one. What was seen is kept for the next checks of the workspace. */
@Injectable()
export class TargetLooks {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pages: PageLook,
  ) {}

  /** What is known of each, after a look at those of which nothing fresh is. */
  async see({ workspaceId, askedBy, signal }: Asker, urls: readonly string[]): Promise<ReadonlyMap<string, TargetLook>> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    for (const url of urls) await this.refresh({ workspaceId, askedBy, signal: patience }, url);
    signal.throwIfAborted();
    return this.known(workspaceId, urls);
  }

  /** Looks at one, unless what is known of it is fresh. */
  async refresh(asker: Asker, url: string): Promise<void> {
    const key = linkKey(url);
    if (key === undefined || asker.signal.aborted || NOWHERE.test(URL.parse(key)?.hostname ?? '')) return;
    const now = this.clock.now().getTime();
    const claimed = await rows(this.db, CLAIM, [asker.workspaceId, key, new Date(now), new Date(now - FRESH.goodMs), new Date(now - FRESH.otherMs)]);
    if (claimed.length > 0) await this.look(asker, key);
  }

  private async look({ workspaceId, askedBy, signal }: Asker, key: string): Promise<void> {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const look = await this.pages.look(key, { askedBy, signal: timeout, headOnly: true }).catch(() => undefined);
    // what robots.txt keeps the watch from leaves what a person's check saw as it is
    if (look && KEPT_OUT.includes(look.robots)) return;
    const seen = look?.outcome.kind === 'page' ? look.outcome : undefined;
    const endsAt = seen && seen.chain.length > 1 && seen.finalUrl.length <= MAX_URL ? seen.finalUrl : null;
    await rows(this.db, 'UPDATE target_looks SET status = $3, ends_at_url = $4 WHERE workspace_id = $1 AND url_key = $2', [
      ...[workspaceId, key, seen?.status ?? null, endsAt],
    ]);
  }

  private async known(workspaceId: string, urls: readonly string[]): Promise<ReadonlyMap<string, TargetLook>> {
    const keys = urls.map((url) => linkKey(url) ?? url);
    const found = await rows<TargetLook & { readonly key: string }>(
      this.db,
      `SELECT url_key AS key, status, ends_at_url AS "endsAt" FROM target_looks WHERE workspace_id = $1 AND url_key = ANY ($2)`,
      [workspaceId, keys],
    );
    return new Map(found.map(({ key, ...look }) => [key, look]));
  }
}
