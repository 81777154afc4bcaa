import { ApiProperty } from '@nestjs/swagger';
import { IsEmail, IsOptional, IsString, IsUUID, Length, Matches, MaxLength } from 'class-validator';
import { OneLine } from '../../../platform/http/input/one-line.decorator.js';
import { PERMISSIONS, type Permission, ROLES, type Role } from '../../../domain/permissions.js';
import { PASSWORD_MAX, PASSWORD_MIN } from '../passwords/passwords.js';

const TOTP_OR_RECOVERY_CODE = /^[0-9A-Za-z -]{6,40}$/;

export class SetupRequest {
  /** SETUP_TOKEN, or what the server printed when it started. */
  @IsString()
  @Length(32, 200)
  setupToken!: string;

  @IsString()
  @OneLine()
  @Length(1, 200)
  workspaceName!: string;

  /** Yours. */
  @IsString()
  @OneLine()
  @Length(1, 200)
  name!: string;

  @IsEmail()
  @MaxLength(254)
  email!: string;

  @IsString()
  @Length(PASSWORD_MIN, PASSWORD_MAX)
  password!: string;
}

export class LoginRequest {
  @IsString()
  @Length(1, 254)
  email!: string;

  @IsString()
  @Length(1, PASSWORD_MAX)
  password!: string;

  /** The second factor of who has one: six digits of the authenticator app, or a recovery code. 401 `totp_required` asks for it. */
  @IsOptional()
  @Matches(TOTP_OR_RECOVERY_CODE, { message: 'must be six digits or a recovery code' })
  totp?: string;

  /** Which of your workspaces to enter; by default the first you joined. `GET /auth/me` lists them. */
  @IsOptional()
  @IsUUID()
  workspaceId?: string;
}

export class ConfirmRequest {
  @IsString()
  @Length(1, PASSWORD_MAX)
  password!: string;

  /** The second factor of who has one, as at login. */
  @IsOptional()
  @Matches(TOTP_OR_RECOVERY_CODE, { message: 'must be six digits or a recovery code' })
  totp?: string;
}

export class MeUser {
  id!: string;
  name!: string;
  email!: string;
}

export class MeWorkspace {
  id!: string;
  name!: string;
  /** Yours there. */
  @ApiProperty({ enum: ROLES })
  role!: Role;
}

export class MeResponse {
  /** Of your account, for If-Match. */
  version!: number;
  user!: MeUser;
  /** The one of this key or session. */
  workspace!: MeWorkspace;
  @ApiProperty({ enum: ROLES })
  role!: Role;
  /** What this key or session may do: that of the role, cut down to the scopes of a key. */
  @ApiProperty({ enum: PERMISSIONS, isArray: true })
  permissions!: Permission[];
  /** All that you may log in to. */
  workspaces!: MeWorkspace[];
}
