import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** `whsec_` and 32 random bytes in base64 (Standard Webhooks: 24 to 64 bytes). */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}

export interface SignedDelivery {
  readonly id: string;
  readonly body: string;
  /** Of this attempt, by real clocks: receivers refuse what is off by more than five minutes. */
  readonly at: Date;
}

/**
 * The three headers of Standard Webhooks.
 * @param secrets  the present one first; while a rotation runs, the old one signs too
 */
export function signatureHeaders(delivery: SignedDelivery, secrets: readonly string[]): Record<string, string> {
  return {
    'webhook-id': delivery.id,
    'webhook-timestamp': String(Math.floor(delivery.at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(delivery.id, delivery.at, delivery.body)).join(' '),
  };
}
