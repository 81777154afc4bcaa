import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock, HOUR_MS, MINUTE_MS } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { hashToken, newToken } from '../../../platform/secrets/tokens.js';

export const RESET_MINUTES = 30;

/** Links to choose a new password: each works once, for half an hour. Only their hashes are kept. */
@Injectable()
export class ResetLinks {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
  ) {}

  /** @returns a path from PUBLIC_URL on; the token stands behind a `#`, so that no server, proxy or log on the way sees it */
  async make(tx: EntityManager, userId: string): Promise<string> {
    const token = newToken();
    const now = this.clock.now();
    await rows(tx, 'INSERT INTO password_resets (token_hash, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4)', [
      ...[hashToken(token), userId],
      ...[now, new Date(now.getTime() + RESET_MINUTES * MINUTE_MS)],
    ]);
    return `/reset-password#token=${token}`;
  }

  /** Made in the last hour. Locks the user until the end of `tx`: many at once would all count few. */
  async countRecent(tx: EntityManager, userId: string): Promise<number> {
    await rows(tx, 'SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
    const since = new Date(this.clock.now().getTime() - HOUR_MS);
    return (await rows(tx, 'SELECT FROM password_resets WHERE user_id = $1 AND created_at > $2', [userId, since])).length;
  }

  async works(token: string): Promise<boolean> {
    const found = await firstRow(this.db, 'SELECT FROM password_resets WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2', [
      hashToken(token),
      this.clock.now(),
    ]);
    return found !== undefined;
  }

  /** @returns whose it is; undefined when it does not work, also for the slower one of two at once */
  async use(tx: EntityManager, token: string): Promise<string | undefined> {
    const used = await firstRow<{ userId: string }>(
      tx,
      'UPDATE password_resets SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING user_id AS "userId"',
      [hashToken(token), this.clock.now()],
    );
    return used?.userId;
  }

  /** The password was changed: links on their way would change it once more. */
  async endAll(tx: EntityManager, userId: string): Promise<void> {
    await rows(tx, 'UPDATE password_resets SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL', [userId, this.clock.now()]);
  }
}
