import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, ArrayUnique, IsArray, IsIn, IsOptional, IsString, IsUUID, Length, MaxLength, MinLength } from 'class-validator';
import { ROLES, type Role } from '../../../domain/permissions.js';
import { IfGiven } from '../../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../../platform/http/input/one-line.decorator.js';
import { INVITATION_STATES, type InvitationRow, type InvitationState } from './invitations.queries.js';
import { PASSWORD_MAX, PASSWORD_MIN } from '../passwords/passwords.js';
import { LINK_TOKEN_MAX } from '../sessions/login-origin.js';

const MAX_PROJECTS = 500;

export class CreateInvitationRequest {
  @IsString()
  @MinLength(1)
  @MaxLength(254)
  email!: string;

  /** What they will be; none that may do more than you. */
  @ApiProperty({ enum: ROLES })
  @IsIn(ROLES)
  role!: Role;

  /** The only projects that they will see; all of them without it, or with null. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_PROJECTS)
  @ArrayUnique()
  @IsUUID(undefined, { each: true })
  projectIds?: string[] | null;
}

export class InvitationResponse {
  id!: string;
  version!: number;
  email!: string;
  @ApiProperty({ enum: ROLES })
  role!: Role;
  projectIds!: string[] | null;
  @ApiProperty({ enum: INVITATION_STATES })
  state!: InvitationState;
  /** The member who invites. */
  inviterId!: string;
  createdAt!: string;
  expiresAt!: string;

  static from(row: InvitationRow): InvitationResponse {
    return { ...row, createdAt: row.createdAt.toISOString(), expiresAt: row.expiresAt.toISOString() };
  }
}

export class SentInvitationResponse extends InvitationResponse {
  /** For you to pass on, where the installation sends no mail of its own (SYSTEM_SMTP_URL is not set); else null. Shown this once. */
  link!: string | null;
}

export class InvitationPage {
  data!: InvitationResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}

export class OpenInvitationRequest {
  /** What stands behind `#token=` in the link. */
  @IsString()
  @Length(1, LINK_TOKEN_MAX)
  token!: string;
}

/** What the holder of the link may know. */
export class OpenedInvitationResponse {
  workspaceName!: string;
  inviterName!: string;
  email!: string;
  @ApiProperty({ enum: ROLES })
  role!: Role;
  expiresAt!: string;
  /** Log in, or send the password of the account, to accept. */
  accountExists!: boolean;
}

export class AcceptInvitationRequest extends OpenInvitationRequest {
  /** Yours; for a new account. */
  @IfGiven()
  @IsString()
  @OneLine()
  @Length(1, 200)
  name?: string;

  /** Of a new account, or the one of your account with this address. Not needed where you are logged in to it, not enough where it has a second factor. */
  @IfGiven()
  @IsString()
  @Length(PASSWORD_MIN, PASSWORD_MAX)
  password?: string;
}

export class AcceptedInvitationResponse {
  workspaceId!: string;
  workspaceName!: string;
  @ApiProperty({ enum: ROLES })
  role!: Role;
  userId!: string;
  memberId!: string;
  /** True for a new account: a session cookie came along. Else log in with this `workspaceId`. */
  loggedIn!: boolean;
}
