import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../platform/clock.js';
import { SecretBox } from '../../../platform/secrets/secret-box.js';
import type { ClaimedDelivery } from './webhook-queue.queries.js';

const PREFIX = 'whsec_';

/** `whsec_` and 32 random bytes in base64 (Standard Webhooks: 24 to 64 bytes). */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(32).toString('base64')}`;
}

export interface SignedDelivery {
  readonly id: string;
  readonly body: string;
  /** Of this attempt, by real clocks: receivers refuse what is off by more than five minutes. */
  readonly at: Date;
}

export interface SignatureHeaders extends Record<string, string> {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
}

/**
 * The three headers of Standard Webhooks (standards 76 and 77).
 * @param keys  of the secrets, the present one first; while a rotation runs, the old one signs too
 */
export function signatureHeaders({ id, body, at }: SignedDelivery, keys: readonly KeyObject[]): SignatureHeaders {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const content = `${id}.${timestamp}.${body}`;
  const signatures = keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/** The key that a secret stands for. */
export function keyOf(secret: string): KeyObject {
  return createSecretKey(secret.slice(PREFIX.length), 'base64');
}

/** Signs deliveries with the secrets of their endpoints, each opened once. */
@Injectable()
export class WebhookSigner {
  /** By what stands sealed in the database. */
  private readonly keys = new Map<string, KeyObject>();

  constructor(
    private readonly box: SecretBox,
    private readonly clock: Clock,
  ) {}

  seal(endpointId: string, secret: string): string {
    return this.box.seal(secret, contextOf(endpointId));
  }

  sign(delivery: ClaimedDelivery): { headers: SignatureHeaders; at: Date } {
    const { endpointId, secretSealed, oldSecretSealed, oldSecretUntil } = delivery;
    const overlaps = oldSecretSealed !== null && oldSecretUntil !== null && oldSecretUntil > this.clock.now();
    const sealed = overlaps ? [secretSealed, oldSecretSealed] : [secretSealed];
    const at = this.clock.real();
    const keys = sealed.map((one) => this.open(endpointId, one));
    return { headers: signatureHeaders({ id: `evt_${delivery.eventId}`, body: delivery.body, at }, keys), at };
  }

  private open(endpointId: string, sealed: string): KeyObject {
    const name = `${endpointId}:${sealed}`;
    const known = this.keys.get(name);
    if (known) return known;
    if (this.keys.size >= MAX_KEYS) this.keys.clear();
    const key = keyOf(this.box.open(sealed, contextOf(endpointId)));
    this.keys.set(name, key);
    return key;
  }
}

const MAX_KEYS = 10_000;

function contextOf(endpointId: string): string {
  return `webhook.secret:${endpointId}`;
}
