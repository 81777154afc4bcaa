import { IsIn, IsOptional, IsString, IsUUID, MaxLength, MinLength } from 'class-validator';
import { OneLine } from '../../../platform/http/input/one-line.decorator.js';
import { MAIL_PROVIDERS, type MailProvider } from '../../../platform/auth/mail-oauth-client.js';

export class ConnectMailboxRequest {
  @IsIn(MAIL_PROVIDERS) provider!: MailProvider;
  /** A mailbox that logs in this way from then on. A new one is made when absent. */
  @IsOptional() @IsUUID() mailboxId?: string | null;
  /** Which account is meant: another one is refused. Whichever is chosen at the provider when absent; with `mailboxId`, that mailbox's. */
  @IsOptional() @IsString() @MinLength(3) @MaxLength(254) fromAddress?: string | null;
  /** Of a new mailbox: what your team calls it. The address when absent. */
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(200) name?: string | null;
  /** Of a new mailbox: the name recipients see. The address when absent. */
  @IsOptional() @IsString() @OneLine() @MinLength(1) @MaxLength(200) fromName?: string | null;
}

export class MailboxDepartureResponse {
  /** Send the browser there within ten minutes; it comes back with the mailbox connected. */
  authorizeUrl!: string;
}
