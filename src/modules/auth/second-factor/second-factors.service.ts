import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, Unauthorized } from '../../../domain/errors.js';
import { audit } from '../../../platform/audit/audit-trail.js';
import { Clock } from '../../../platform/clock.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { LinkSigner, SecretBox } from '../../../platform/secrets/secret-box.js';
import type { Person } from '../sessions/person.js';
import { bareCode, newRecoveryCodes, newTotpSecret, stepOfCode, totpUrl } from './totp-codes.js';
import { Users } from '../sessions/users.service.js';

/** Where somebody stands with their second factor. */
export interface SecondFactorState {
  readonly enabledAt: Date | null;
  readonly recoveryCodesLeft: number;
}

const APP_CODE = /^\d{6}$/;

/** Codes of authenticator apps (RFC 6238), which live in real time whatever the sandbox plays, and recovery codes in their stead. */
@Injectable()
export class SecondFactors {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly box: SecretBox,
    private readonly signer: LinkSigner,
    private readonly users: Users,
  ) {}

  async stateOf(userId: string): Promise<SecondFactorState> {
    const row = await firstRow<SecondFactorState>(
      this.db,
      `SELECT confirmed_at AS "enabledAt", (SELECT count(*)::int FROM recovery_codes r WHERE r.user_id = $1 AND used_at IS NULL) AS "recoveryCodesLeft"
         FROM second_factors WHERE user_id = $1`,
      [userId],
    );
    return row ?? { enabledAt: null, recoveryCodesLeft: 0 };
  }

  /**
   * Draws a secret, which counts only when `confirm` has seen a code of it. Begun again, the secret before is void.
   * @throws Conflict `totp_on`
   */
  async begin(person: Person): Promise<{ readonly secret: string; readonly otpauthUrl: string }> {
    const secret = newTotpSecret();
    const email = (await this.users.find(person.userId))?.email ?? person.userId;
    await transact(this.db, async (tx) => {
      const begun = await rows(
        tx,
        `INSERT INTO second_factors AS f (user_id, secret_sealed, created_at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id) DO UPDATE SET secret_sealed = excluded.secret_sealed, created_at = excluded.created_at
                WHERE f.confirmed_at IS NULL RETURNING user_id`,
        [person.userId, this.box.seal(secret, contextOf(person.userId)), this.clock.now()],
      );
      if (begun.length === 0) throw new Conflict('totp_on', 'The second factor is on already: turn it off before you set up another app.');
      await this.note(tx, person, 'totp.begun');
    });
    return { secret, otpauthUrl: totpUrl(secret, email) };
  }

  /**
   * Turns the second factor on.
   * @returns recovery codes, each good once, stored nowhere
   * @throws Conflict `totp_on`, `totp_off` when nothing was begun; Unauthorized `invalid_totp`
   */
  confirm(person: Person, code: string): Promise<string[]> {
    return transact(this.db, async (tx) => {
      const factor = await firstRow<{ sealed: string; on: boolean }>(
        tx,
        'SELECT secret_sealed AS sealed, confirmed_at IS NOT NULL AS on FROM second_factors WHERE user_id = $1 FOR UPDATE',
        [person.userId],
      );
      if (!factor) throw isOff('Begin with POST /api/v1/auth/totp.');
      if (factor.on) throw new Conflict('totp_on', 'The second factor is on already.');
      const step = stepOfCode(this.box.open(factor.sealed, contextOf(person.userId)), bareCode(code), this.clock.real());
      if (step === undefined) throw invalidCode();
      await rows(tx, 'UPDATE second_factors SET confirmed_at = $2, last_step = $3 WHERE user_id = $1', [person.userId, this.clock.now(), step]);
      await this.note(tx, person, 'totp.enabled');
      return this.replaceRecoveryCodes(tx, person.userId);
    });
  }

  /** @throws Conflict `totp_off` */
  async disable(person: Person): Promise<void> {
    await transact(this.db, async (tx) => {
      await this.turnOff(tx, person.userId);
      await this.note(tx, person, 'totp.disabled');
    });
  }

  /** For whoever lost the app and the recovery codes. @throws Conflict `totp_off` */
  async turnOff(tx: EntityManager, userId: string): Promise<void> {
    const removed = await rows(tx, 'DELETE FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL RETURNING user_id', [userId]);
    if (removed.length === 0) throw isOff('There is nothing to turn off.');
    await rows(tx, 'DELETE FROM recovery_codes WHERE user_id = $1', [userId]);
  }

  /** @returns new recovery codes; those before are void. @throws Conflict `totp_off` */
  renewRecoveryCodes(person: Person): Promise<string[]> {
    return transact(this.db, async (tx) => {
      const on = await firstRow(tx, 'SELECT FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL FOR UPDATE', [person.userId]);
      if (!on) throw isOff('Recovery codes come with it.');
      await this.note(tx, person, 'totp.recovery_codes_renewed');
      return this.replaceRecoveryCodes(tx, person.userId);
    });
  }

  /**
   * Takes the code of a login. It is used up with the caller's transaction: no code opens two logins.
   * @throws Unauthorized `totp_required` without a code where one is needed, `invalid_totp` for a wrong or used one
   */
  async demand(tx: EntityManager, userId: string, code: string | undefined): Promise<void> {
    const factor = await firstRow<{ sealed: string }>(
      tx,
      'SELECT secret_sealed AS sealed FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL',
      [userId],
    );
    if (!factor) return;
    if (code === undefined) throw new Unauthorized('Send the six digits of your authenticator app, or a recovery code, as totp.', 'totp_required');
    const bare = bareCode(code);
    const taken = APP_CODE.test(bare)
      ? await this.takeAppCode(tx, userId, { sealed: factor.sealed, code: bare })
      : await this.takeRecoveryCode(tx, userId, bare);
    if (!taken) throw invalidCode();
  }

  private async takeAppCode(
    tx: EntityManager,
    userId: string,
    { sealed, code }: { readonly sealed: string; readonly code: string },
  ): Promise<boolean> {
    const step = stepOfCode(this.box.open(sealed, contextOf(userId)), code, this.clock.real());
    if (step === undefined) return false;
    const taken = await rows(
      tx,
      'UPDATE second_factors SET last_step = $2 WHERE user_id = $1 AND (last_step IS NULL OR last_step < $2) RETURNING user_id',
      [userId, step],
    );
    return taken.length === 1;
  }

  private async takeRecoveryCode(tx: EntityManager, userId: string, code: string): Promise<boolean> {
    const taken = await rows(
      tx,
      'UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL RETURNING user_id',
      [userId, this.hash(userId, code), this.clock.now()],
    );
    return taken.length === 1;
  }

  private async replaceRecoveryCodes(tx: EntityManager, userId: string): Promise<string[]> {
    const codes = newRecoveryCodes();
    await rows(tx, 'DELETE FROM recovery_codes WHERE user_id = $1', [userId]);
    await rows(tx, 'INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, unnest($2::text[])', [
      userId,
      codes.map((code) => this.hash(userId, bareCode(code))),
    ]);
    return codes;
  }

  private hash(userId: string, code: string): string {
    return this.signer.sign('recovery code', `${userId}\n${code}`);
  }

  private note(tx: EntityManager, person: Person, action: string): Promise<void> {
    return audit(tx, person, { action, subjectId: person.userId, at: this.clock.now() });
  }
}

function contextOf(userId: string): string {
  return `user.totp:${userId}`;
}

function invalidCode(): Unauthorized {
  return new Unauthorized('This code is wrong or was used before: wait for the next one.', 'invalid_totp');
}

function isOff(more: string): Conflict {
  return new Conflict('totp_off', `The second factor is not on. ${more}`);
}
