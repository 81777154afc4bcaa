import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../platform/config/app-config.js';
import { readUnsubscribeToken, type Unsubscriber, unsubscribeToken } from '../../platform/mail/unsubscribe-token.js';
import { LinkSigner } from '../../platform/secrets/secret-box.js';

/** The addresses that stop all mail to one person; they never expire (standards 21, 24). */
@Injectable()
export class UnsubscribeLinks {
  constructor(
    private readonly signer: LinkSigner,
    private readonly config: AppConfig,
  ) {}

  urlFor(who: Unsubscriber): string {
    return `${this.config.publicUrl}/u/${unsubscribeToken(this.signer, who)}`;
  }

  /** Undefined for a token that was not made here, or was changed. */
  read(token: string): Unsubscriber | undefined {
    return readUnsubscribeToken(this.signer, token);
  }
}
