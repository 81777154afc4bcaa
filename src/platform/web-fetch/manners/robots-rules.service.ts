import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { PRODUCT_TOKEN, robotsAllow } from '../../../domain/robots-txt.js';
import { Clock, DAY_MS, HOUR_MS } from '../../clock.js';
import { firstRow, rows } from '../../database/sql.js';
import { storableText } from '../../database/storable-text.js';
import { type FetchOptions, type FetchOutcome, type Forbidden, PageFetcher } from '../net/page-fetcher.js';

/** RFC 9309 section 2.4. */
const KEPT_MS = DAY_MS;
/** How soon a file that could not be had is asked for again. */
const RETRY_MS = HOUR_MS;
/** RFC 9309 section 2.3.1.4: a site whose file cannot be had for so long has none. */
const GIVEN_UP_MS = 30 * DAY_MS;

interface RobotsFile {
  readonly body: string | null;
  readonly failingSince: Date | null;
  readonly failure: string | null;
  readonly goodUntil: Date;
}

/** Nobody is there to ask: the page itself will tell in what way. */
const NOBODY_THERE: readonly string[] = ['DNS_FAIL', 'TARGET_NOT_PUBLIC', 'HTTP_429'];

/** What sites want crawlers to leave alone (RFC 9309), each file kept for a day at most. */
@Injectable()
export class RobotsRules {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly fetcher: PageFetcher,
  ) {}

  /** @returns nothing when the site lets us see the page */
  async forbids(url: URL, options: Pick<FetchOptions, 'signal' | 'token'>): Promise<Forbidden | undefined> {
    const file = await this.fileOf(url.origin, options);
    if (!file) return undefined;
    const { body, failingSince, failure } = file;
    if (body !== null) {
      const allowed = robotsAllow(body, PRODUCT_TOKEN, url.href);
      return allowed ? undefined : { code: 'ROBOTS_DISALLOW', detail: `The robots.txt of ${url.host} asks us not to fetch this page.` };
    }
    const sinceMs = this.clock.now().getTime() - (failingSince?.getTime() ?? 0);
    if (failingSince && sinceMs > GIVEN_UP_MS) return undefined;
    return { code: 'ROBOTS_UNREACHABLE', detail: `The robots.txt of ${url.host} cannot be read: ${failure ?? 'no answer'}` };
  }

  private async fileOf(origin: string, options: Pick<FetchOptions, 'signal' | 'token'>): Promise<RobotsFile | undefined> {
    const now = this.clock.now();
    const kept = await firstRow<RobotsFile>(
      this.db,
      'SELECT body, failing_since AS "failingSince", failure, good_until AS "goodUntil" FROM robots_files WHERE origin = $1',
      [origin],
    );
    if (kept && kept.goodUntil > now) return kept;
    const outcome = await this.fetcher.fetchFile(`${origin}/robots.txt`, options);
    if (outcome.kind === 'failure' && outcome.chain.length === 0 && NOBODY_THERE.includes(outcome.code)) return kept;
    const body = bodyOf(outcome);
    const fresh = body === undefined ? failed(kept, outcome, now) : { body, failingSince: null, failure: null, goodUntil: after(now, KEPT_MS) };
    await this.keep(origin, fresh, body === undefined ? null : now);
    return fresh;
  }

  private async keep(origin: string, file: RobotsFile, bodyAt: Date | null): Promise<void> {
    await rows(
      this.db,
      `INSERT INTO robots_files AS r (origin, body, body_at, failing_since, failure, good_until) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (origin) DO UPDATE SET body = excluded.body, body_at = coalesce(excluded.body_at, r.body_at), failing_since = excluded.failing_since,
         failure = excluded.failure, good_until = excluded.good_until`,
      [origin, file.body, bodyAt, file.failingSince, file.failure, file.goodUntil],
    );
  }
}

/** The rules; empty where the site has none. Undefined: it has some, or may have, and we could not read them. */
function bodyOf(outcome: FetchOutcome): string | undefined {
  // RFC 9309 section 2.3.1.2: past five redirects there is none
  if (outcome.kind === 'failure') return outcome.code === 'TOO_MANY_REDIRECTS' ? '' : undefined;
  if (outcome.status >= 500) return undefined;
  return outcome.status >= 400 ? '' : storableText(outcome.body);
}

/** What was read before is gone by for as long as nothing newer can be had. */
function failed(kept: RobotsFile | undefined, outcome: FetchOutcome, now: Date): RobotsFile {
  const failure = outcome.kind === 'failure' ? outcome.detail : `status ${outcome.status}`;
  return {
    body: kept?.body ?? null,
    failingSince: kept?.failingSince ?? now,
    failure: storableText(failure, 500),
    goodUntil: after(now, RETRY_MS),
  };
}

function after(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms);
}
