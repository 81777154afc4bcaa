import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, NotFound, RuleViolation } from '../../domain/errors.js';
import type { ProblemCode } from '../../domain/problem-catalogue.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock, DAY_MS } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { OutboxEvent } from '../../platform/events/outbox.js';
import type { IfVersion } from '../../platform/http/if-match.decorator.js';
import { newId } from '../../platform/ids.js';
import { wake } from '../../platform/jobs/work-loops.js';
import { SecretBox } from '../../platform/secrets/secret-box.js';
import { PageFetcher } from '../../platform/web-fetch/page-fetcher.js';
import { envelopeOf } from './envelope.js';
import { queueDeliveries, wants } from './webhook-dispatcher.service.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';
import { newWebhookSecret } from './webhook-signing.js';
import type { ChangeWebhookEndpointRequest, CreateWebhookEndpointRequest } from './webhooks.dto.js';
import { MISSED_EVENTS, REPLAY_EXHAUSTED, REPLAY_ONE } from './webhooks.queries.js';

/** After a rotation both secrets sign, so that receivers can change theirs without losing an event. */
const ROTATION_MS = DAY_MS;
const MAX_ENDPOINTS = 50;
const REPLAY_AT_MOST = 10_000;

@Injectable()
export class Webhooks {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly box: SecretBox,
    private readonly fetcher: PageFetcher,
  ) {}

  /** @throws NotFound */
  async get(actor: Actor, id: string, tx: EntityManager = this.db.manager): Promise<WebhookEndpoint> {
    const endpoint = await tx.findOneBy(WebhookEndpoint, { workspaceId: actor.workspaceId, id });
    if (!endpoint) throw new NotFound('webhook endpoint');
    return endpoint;
  }

  /** @throws RuleViolation `https_required`, `target_not_public` */
  async create(actor: Actor, input: CreateWebhookEndpointRequest): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    await this.assertReachable(input.url);
    const id = newId();
    const secret = newWebhookSecret();
    await transact(this.db, async (tx) => {
      const count = await firstRow<{ count: number }>(tx, 'SELECT count(*)::int AS count FROM webhook_endpoints WHERE workspace_id = $1', [
        actor.workspaceId,
      ]);
      if ((count?.count ?? 0) >= MAX_ENDPOINTS)
        throw new Conflict('too_many_endpoints', `A workspace has at most ${MAX_ENDPOINTS} webhook endpoints.`);
      await tx.insert(WebhookEndpoint, {
        workspaceId: actor.workspaceId,
        id,
        version: 1,
        url: input.url,
        eventTypes: input.eventTypes,
        description: input.description ?? null,
        secretSealed: this.seal(id, secret),
        state: 'active',
        failures: 0,
        createdAt: this.clock.now(),
      });
      await audit(tx, actor, { action: 'webhook_endpoint.created', subjectId: id, at: this.clock.now() });
    });
    return { endpoint: await this.get(actor, id), secret };
  }

  /** @throws NotFound, VersionMismatch, RuleViolation */
  async change(actor: Actor, id: string, input: ChangeWebhookEndpointRequest, ifVersion: IfVersion): Promise<WebhookEndpoint> {
    if (input.url !== undefined) await this.assertReachable(input.url);
    const woken = input.state === 'active' ? { state: 'active', state_reason: null, failures: 0, failing_since: null, rest_until: null } : {};
    const stopped = input.state === 'disabled' ? { state: 'disabled', state_reason: 'turned off by a person' } : {};
    await transact(this.db, async (tx) => {
      const set = { url: input.url, event_types: input.eventTypes, description: input.description, ...woken, ...stopped };
      await changeRow(tx, { table: 'webhook_endpoints', thing: 'webhook endpoint', workspaceId: actor.workspaceId, id, ifVersion }, set);
      await audit(tx, actor, { action: 'webhook_endpoint.changed', subjectId: id, at: this.clock.now(), details: { fields: Object.keys(input) } });
      await wake(tx, 'deliver');
    });
    return this.get(actor, id);
  }

  /** Takes the endpoint away with its queue; the log goes with the month. @throws NotFound, VersionMismatch */
  async remove(actor: Actor, id: string, ifVersion: IfVersion): Promise<void> {
    await transact(this.db, async (tx) => {
      await changeRow(tx, { table: 'webhook_endpoints', thing: 'webhook endpoint', workspaceId: actor.workspaceId, id, ifVersion }, {});
      await rows(tx, 'DELETE FROM webhook_deliveries WHERE workspace_id = $1 AND endpoint_id = $2 AND next_at IS NOT NULL', [actor.workspaceId, id]);
      await rows(tx, 'DELETE FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2', [actor.workspaceId, id]);
      await audit(tx, actor, { action: 'webhook_endpoint.removed', subjectId: id, at: this.clock.now() });
    });
  }

  /** A new secret; the old one signs beside it for a day. @throws NotFound */
  async rotateSecret(actor: Actor, id: string): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const secret = newWebhookSecret();
    await transact(this.db, async (tx) => {
      const rotated = await rows(
        tx,
        `UPDATE webhook_endpoints SET version = version + 1, old_secret_sealed = secret_sealed, old_secret_until = $3, secret_sealed = $4
          WHERE workspace_id = $1 AND id = $2 RETURNING id`,
        [actor.workspaceId, id, new Date(this.clock.now().getTime() + ROTATION_MS), this.seal(id, secret)],
      );
      if (rotated.length === 0) throw new NotFound('webhook endpoint');
      await audit(tx, actor, { action: 'webhook_endpoint.secret_rotated', subjectId: id, at: this.clock.now() });
    });
    return { endpoint: await this.get(actor, id), secret };
  }

  /**
   * Queues a made-up event, so that a receiver can be tried before anything happens.
   * @returns the delivery's id
   * @throws NotFound, Conflict `endpoint_disabled`
   */
  async test(actor: Actor, id: string): Promise<string> {
    const endpoint = await this.turnedOn(actor, id);
    const event = {
      id: newId(),
      type: 'webhook_endpoint.test',
      at: this.clock.now(),
      workspaceId: actor.workspaceId,
      data: { object: { type: 'webhook_endpoint', id } },
    };
    const deliveryId = newId();
    await transact(this.db, (tx) => this.queue(tx, endpoint, [event], deliveryId));
    return deliveryId;
  }

  /** Sends one delivery again, under its old id. @throws NotFound, Conflict `delivery_in_progress`, `endpoint_disabled` */
  async replayOne(actor: Actor, id: string): Promise<void> {
    await transact(this.db, async (tx) => {
      const queued = await firstRow<{ endpointId: string }>(tx, REPLAY_ONE, [actor.workspaceId, id, this.clock.now()]);
      if (!queued) {
        const present = await firstRow(tx, 'SELECT FROM webhook_deliveries WHERE workspace_id = $1 AND id = $2', [actor.workspaceId, id]);
        if (!present) throw new NotFound('webhook delivery');
        throw new Conflict('delivery_in_progress', 'This delivery is still being tried.');
      }
      await this.turnedOn(actor, queued.endpointId, tx);
      await wake(tx, 'deliver');
    });
  }

  /**
   * Sends again all that this endpoint did not take since then: what was given up, and what happened while it was turned off.
   * @throws NotFound, Conflict `endpoint_disabled`
   */
  async replaySince(actor: Actor, id: string, since: Date): Promise<number> {
    return transact(this.db, async (tx) => {
      // under lock, or two replays at once would queue the missed events twice
      await rows(tx, 'SELECT FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE', [actor.workspaceId, id]);
      const endpoint = await this.turnedOn(actor, id, tx);
      const again = await rows(tx, REPLAY_EXHAUSTED, [actor.workspaceId, id, this.clock.now(), since]);
      const names = endpoint.eventTypes.includes('*') ? null : endpoint.eventTypes;
      const missed = await rows<OutboxEvent>(tx, MISSED_EVENTS, [actor.workspaceId, id, since, names, REPLAY_AT_MOST]);
      const wanted = missed.filter((event) => wants(endpoint.eventTypes, event.type));
      await this.queue(tx, endpoint, wanted);
      await wake(tx, 'deliver');
      return again.length + wanted.length;
    });
  }

  private async turnedOn(actor: Actor, id: string, tx?: EntityManager): Promise<WebhookEndpoint> {
    const endpoint = await this.get(actor, id, tx);
    if (endpoint.state === 'disabled') throw new Conflict('endpoint_disabled', 'Turn the endpoint on first: PATCH it with state active.');
    return endpoint;
  }

  private async queue(
    tx: EntityManager,
    endpoint: WebhookEndpoint,
    events: readonly Parameters<typeof envelopeOf>[0][],
    firstId?: string,
  ): Promise<void> {
    const deliveries = events.map((event, at) => ({
      workspace_id: endpoint.workspaceId,
      id: at === 0 && firstId !== undefined ? firstId : newId(),
      endpoint_id: endpoint.id,
      event_id: event.id,
      event_type: event.type,
      body: JSON.stringify(envelopeOf(event)),
    }));
    await queueDeliveries(tx, deliveries, this.clock.now());
  }

  private seal(id: string, secret: string): string {
    return this.box.seal(secret, `webhook.secret:${id}`);
  }

  /** https only, except to addresses that FETCH_ALLOW_CIDRS opens (standards 83). */
  private async assertReachable(url: string): Promise<void> {
    const refuse = (code: ProblemCode, detail: string): RuleViolation => RuleViolation.at('/url', code, detail);
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed?.protocol !== 'https:' && parsed?.protocol !== 'http:') throw refuse('https_required', 'must be an https address');
    if ((await this.fetcher.resolveTarget(url)) === 'not_public') throw refuse('target_not_public', 'must not point to an inner address');
    if (parsed.protocol === 'http:' && !this.fetcher.opensInnerHost(parsed.hostname)) throw refuse('https_required', 'must be an https address');
  }
}
