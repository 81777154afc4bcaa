import { IsString, Matches } from 'class-validator';
import type { SecondFactorState } from './second-factors.service.js';

export class TotpResponse {
  enabled!: boolean;
  enabledAt!: string | null;
  /** Of ten. Make new ones before they run out. */
  recoveryCodesLeft!: number;

  static from({ enabledAt, recoveryCodesLeft }: SecondFactorState): TotpResponse {
    return { enabled: enabledAt !== null, enabledAt: enabledAt?.toISOString() ?? null, recoveryCodesLeft };
  }
}

export class NewTotpResponse {
  /** In base32, for typing into an authenticator app. Shown this once. */
  secret!: string;
  /** The same as `otpauth://totp/…`, for a QR code. */
  otpauthUrl!: string;
}

export class ConfirmTotpRequest {
  /** The six digits that the app shows now. */
  @IsString()
  @Matches(/^\d{6}$/, { message: 'must be six digits' })
  code!: string;
}

export class RecoveryCodesResponse {
  /** Each lets you in once in place of a code of the app. Shown this once. */
  recoveryCodes!: string[];
}
