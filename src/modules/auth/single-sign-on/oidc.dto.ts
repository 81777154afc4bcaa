import { IsIn, IsOptional, IsUUID } from 'class-validator';

export class OidcLoginQuery {
  /** Which of your workspaces to enter; by default the first you joined. */
  @IsOptional()
  @IsUUID()
  workspaceId?: string;

  /** `true`: the provider asks you again even when it knows you. For who has no password, in place of POST /auth/confirm. */
  @IsOptional()
  @IsIn(['true', 'false'])
  confirm?: 'true' | 'false';
}

export class OidcStateResponse {
  /** Whether people can log in by single sign-on here. */
  enabled!: boolean;
}

export class OidcLinkResponse {
  linked!: boolean;
  linkedAt!: string | null;
}

export class OidcDepartureResponse {
  /** Send the browser there; it comes back linked. */
  authorizeUrl!: string;
}
