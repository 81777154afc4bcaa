import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock, MINUTE_MS, SECOND_MS } from '../clock.js';
import { AppConfig } from '../config/app-config.js';
import { firstRow } from '../database/sql.js';
import { LinkSigner } from '../secrets/secret-box.js';
import { addressGroup } from './address-group.js';
import { FixedWindows } from './fixed-windows.js';
import { tooMany } from './request-limits.js';
import { THROTTLES, type ThrottleName } from './throttled.decorator.js';

/** Counts one use. A window begins with the first use, as in FixedWindows. */
const USE = `
  INSERT INTO throttles AS t (key_hash, uses, resets_at) VALUES ($1, 1, $2)
  ON CONFLICT (key_hash) DO UPDATE SET uses = CASE WHEN t.resets_at <= $3 THEN 1 ELSE t.uses + 1 END,
                                       resets_at = CASE WHEN t.resets_at <= $3 THEN EXCLUDED.resets_at ELSE t.resets_at END
  RETURNING uses, resets_at AS "resetsAt"`;

/** Refused callers to remember, so that their next calls cost no statement. */
const MAX_REFUSED = 10_000;

export interface ThrottledCall {
  readonly name: ThrottleName;
  readonly address: string;
  readonly path: string;
}

/** Strict limits by address. Those of logins and tokens are counted in PostgreSQL: all processes together allow no more than one. */
@Injectable()
export class Throttle {
  private readonly refusedUntil = new Map<string, number>();
  private readonly byPath: FixedWindows;

  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly signer: LinkSigner,
    private readonly config: AppConfig,
  ) {
    this.byPath = new FixedWindows(config.THROTTLE_PER_MINUTE, MINUTE_MS);
  }

  /** @throws HttpProblem 429 `rate_limited` */
  async use({ name, address, path }: ThrottledCall): Promise<void> {
    const { share, per } = THROTTLES[name];
    const limit = Math.ceil(this.config.THROTTLE_PER_MINUTE * share);
    if (limit === 0) return;
    const now = this.clock.now().getTime();
    const waitMs =
      per === 'address'
        ? await this.useInDatabase(`${name} ${addressGroup(address)}`, limit, now)
        : this.useHere(`${addressGroup(address)} ${path}`, now);
    if (waitMs > 0) throw tooMany(Math.max(1, Math.ceil(waitMs / SECOND_MS)));
  }

  private useHere(caller: string, now: number): number {
    const { allowed, resetsInMs } = this.byPath.take(caller, now);
    return allowed ? 0 : resetsInMs;
  }

  /** @returns how long to wait; 0 when the use is allowed */
  private async useInDatabase(caller: string, limit: number, now: number): Promise<number> {
    const key = this.signer.sign('throttle', caller);
    const refusedUntil = this.refusedUntil.get(key) ?? 0;
    if (refusedUntil > now) return refusedUntil - now;
    const row = await firstRow<{ uses: number; resetsAt: Date }>(this.db, USE, [key, new Date(now + MINUTE_MS), new Date(now)]);
    if (!row || row.uses <= limit) return 0;
    if (this.refusedUntil.size >= MAX_REFUSED) this.refusedUntil.clear();
    this.refusedUntil.set(key, row.resetsAt.getTime());
    return row.resetsAt.getTime() - now;
  }
}
