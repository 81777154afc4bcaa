import { IsString, Length } from 'class-validator';
import { OneLine } from '../../../platform/http/input/one-line.decorator.js';
import { LINK_TOKEN_MAX } from '../sessions/login-origin.js';
import { PASSWORD_MAX, PASSWORD_MIN } from './passwords.js';

export class AskPasswordResetRequest {
  /** Of the account. */
  @IsString()
  @Length(1, 254)
  email!: string;
}

export class ResetPasswordRequest {
  /** What stands behind `#token=` in the link. */
  @IsString()
  @Length(1, LINK_TOKEN_MAX)
  token!: string;

  /** The new one. */
  @IsString()
  @Length(PASSWORD_MIN, PASSWORD_MAX)
  password!: string;
}

export class ChangePasswordRequest {
  @IsString()
  @Length(1, PASSWORD_MAX)
  currentPassword!: string;

  @IsString()
  @Length(PASSWORD_MIN, PASSWORD_MAX)
  newPassword!: string;
}

export class ChangeMeRequest {
  /** Yours. */
  @IsString()
  @OneLine()
  @Length(1, 200)
  name!: string;
}
