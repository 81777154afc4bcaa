import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { domainOf } from '../../../domain/email-address.js';
import { RuleViolation } from '../../../domain/errors.js';
import { assertUsableDkimKey, type DkimKey } from '../../../platform/mail/compose/dkim.js';
import { SecretBox } from '../../../platform/secrets/secret-box.js';
import type { Mailbox } from '../mailbox.entity.js';

/** What a person gives for signing. */
export interface DkimSettings {
  readonly selector: string;
  /** PEM. */
  readonly privateKey: string;
}

export const NO_DKIM = { dkimSelector: null, dkimKeySealed: null } as const;

/** Keys that stay parsed; the least used goes first. */
const KEPT = 500;

/** The keys that mails are signed with, beside what the mail provider signs. */
@Injectable()
export class DkimKeys {
  private readonly parsed = new Map<string, KeyObject>();

  constructor(private readonly box: SecretBox) {}

  /** @throws RuleViolation `dkim_key_unusable` */
  columns(mailboxId: string, settings: DkimSettings | null): Pick<Mailbox, 'dkimSelector' | 'dkimKeySealed'> {
    if (!settings) return NO_DKIM;
    const pem = readPrivateKey(settings.privateKey).export({ type: 'pkcs8', format: 'pem' }).toString();
    return { dkimSelector: settings.selector, dkimKeySealed: this.box.seal(pem, contextOf(mailboxId)) };
  }

  /**
   * @param fromAddress  of the mail: one that was written for another domain is not signed, since the key stands in the DNS of the mailbox's own
   * @throws WrongSecretKey
   */
  keyFor(mailbox: Mailbox, fromAddress: string): DkimKey | undefined {
    const { id, dkimSelector: selector, dkimKeySealed: sealed } = mailbox;
    const domain = domainOf(mailbox.fromAddress);
    if (selector === null || sealed === null || domainOf(fromAddress).toLowerCase() !== domain) return undefined;
    const privateKey = this.parsed.get(sealed) ?? createPrivateKey(this.box.open(sealed, contextOf(id)));
    this.parsed.delete(sealed);
    this.parsed.set(sealed, privateKey);
    for (const [oldest] of this.parsed) if (this.parsed.size > KEPT) this.parsed.delete(oldest);
    return { domain, selector, privateKey };
  }
}

function contextOf(mailboxId: string): string {
  return `mailbox.dkim:${mailboxId}`;
}

function readPrivateKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    assertUsableDkimKey(key);
    return key;
  } catch (error) {
    const detail = error instanceof RuleViolation ? error.message : 'This is no private key in PEM, or one that asks for a passphrase.';
    throw RuleViolation.at('/dkim/privateKey', 'dkim_key_unusable', detail);
  }
}
