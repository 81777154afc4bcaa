import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, NotFound, RuleViolation } from '../../domain/errors.js';
import { TEST_EVENT } from '../../domain/event-catalogue.js';
import type { ProblemCode } from '../../domain/problem-catalogue.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock, HOUR_MS } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { changeRow } from '../../platform/database/versioned.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import { newId } from '../../platform/ids.js';
import { wake } from '../../platform/jobs/work-loops.js';
import { PageFetcher } from '../../platform/web-fetch/net/page-fetcher.js';
import { requirePlaces, seesEndpoint } from './endpoint-border.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';
import { queueDeliveries } from './delivery/webhook-queue.js';
import { newWebhookSecret, WebhookSigner } from './delivery/webhook-signer.service.js';
import { type ChangeWebhookEndpointRequest, type CreateWebhookEndpointRequest, MAX_URL_LENGTH } from './webhooks.dto.js';

/** After a rotation both secrets sign, so that receivers can change theirs without losing an event. */
export const DEFAULT_OVERLAP_HOURS = 24;
const MAX_ENDPOINTS = 50;

@Injectable()
export class Webhooks {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly signer: WebhookSigner,
    private readonly fetcher: PageFetcher,
  ) {}

  /** @throws NotFound, also for one that may be sent what the actor may not see */
  async get(actor: Actor, id: string, tx: EntityManager = this.db.manager): Promise<WebhookEndpoint> {
    const endpoint = await tx.findOneBy(WebhookEndpoint, { workspaceId: actor.workspaceId, id });
    if (!endpoint || !seesEndpoint(actor, endpoint)) throw new NotFound('webhook endpoint');
    return endpoint;
  }

  /** @throws NotFound, Conflict `endpoint_disabled` */
  async turnedOn(actor: Actor, id: string, tx?: EntityManager): Promise<WebhookEndpoint> {
    return requireOn(await this.get(actor, id, tx));
  }

  /** Keeps it from being changed by others until the transaction ends. @throws NotFound, Conflict `endpoint_disabled` */
  async lockTurnedOn(tx: EntityManager, actor: Actor, id: string): Promise<WebhookEndpoint> {
    return requireOn(await this.lock(tx, actor, id));
  }

  /** @throws NotFound */
  private async lock(tx: EntityManager, actor: Actor, id: string): Promise<WebhookEndpoint> {
    await rows(tx, 'SELECT FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2 FOR NO KEY UPDATE', [actor.workspaceId, id]);
    return this.get(actor, id, tx);
  }

  /**
   * @throws RuleViolation `https_required`, `url_not_accepted`, `invalid_url`, `target_not_public`, `project_filter_required`; NotFound for a project or campaign; Conflict
   *         `too_many_endpoints`
   */
  async create(actor: Actor, input: CreateWebhookEndpointRequest): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const url = await this.reachable(input.url);
    const id = newId();
    const secret = newWebhookSecret();
    const { projectIds = null, campaignIds = null } = input;
    await transact(this.db, async (tx) => {
      await requirePlaces(tx, actor, { projectIds, campaignIds });
      await this.requireRoom(tx, actor.workspaceId);
      await tx.insert(WebhookEndpoint, {
        ...{ workspaceId: actor.workspaceId, id, version: 1 },
        ...{ url, eventTypes: input.eventTypes, projectIds, campaignIds },
        description: input.description ?? null,
        secretSealed: this.signer.seal(id, secret),
        ...{ state: 'active', failures: 0, createdAt: this.clock.now() },
      });
      await audit(tx, actor, { action: 'webhook_endpoint.created', subjectId: id, at: this.clock.now() });
    });
    return { endpoint: await this.get(actor, id), secret };
  }

  /** @throws NotFound, VersionMismatch, and as `create` */
  async change(actor: Actor, id: string, input: ChangeWebhookEndpointRequest, ifVersion: IfVersion): Promise<WebhookEndpoint> {
    await this.get(actor, id); // nobody learns what an address resolves to for an endpoint that is not theirs
    const url = input.url === undefined ? undefined : await this.reachable(input.url);
    return transact(this.db, async (tx) => {
      const endpoint = await this.lock(tx, actor, id); // or a failure that is noted meanwhile could lose its `missedSince` to ours
      await requirePlaces(tx, actor, input);
      const set = {
        ...{ url, event_types: input.eventTypes, description: input.description },
        ...{ project_ids: input.projectIds, campaign_ids: input.campaignIds },
        ...(input.overlapUntil === null && { old_secret_sealed: null, old_secret_until: null }),
        ...this.stateColumns(endpoint, input.state),
      };
      await changeRow(tx, { table: 'webhook_endpoints', thing: 'webhook endpoint', workspaceId: actor.workspaceId, id, ifVersion }, set);
      await audit(tx, actor, { action: 'webhook_endpoint.changed', subjectId: id, at: this.clock.now(), details: { fields: Object.keys(input) } });
      await wake(tx, 'deliver');
      return this.get(actor, id, tx);
    });
  }

  private stateColumns({ missedSince }: WebhookEndpoint, to: 'active' | 'disabled' | undefined): object {
    if (to === 'active') return { state: 'active', state_reason: null, failures: 0, failing_since: null, rest_until: null };
    return to === 'disabled' ? { state: 'disabled', state_reason: 'turned off by a person', missed_since: missedSince ?? this.clock.now() } : {};
  }

  /** Takes the endpoint away with its queue; the log goes with the month. @throws NotFound, VersionMismatch */
  async remove(actor: Actor, id: string, ifVersion: IfVersion): Promise<void> {
    await transact(this.db, async (tx) => {
      await this.get(actor, id, tx);
      await changeRow(tx, { table: 'webhook_endpoints', thing: 'webhook endpoint', workspaceId: actor.workspaceId, id, ifVersion }, {});
      await rows(tx, 'DELETE FROM webhook_deliveries WHERE workspace_id = $1 AND endpoint_id = $2 AND next_at IS NOT NULL', [actor.workspaceId, id]);
      await rows(tx, 'DELETE FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2', [actor.workspaceId, id]);
      await audit(tx, actor, { action: 'webhook_endpoint.removed', subjectId: id, at: this.clock.now() });
    });
  }

  /**
   * A new secret; the old one signs beside it for so many hours, or no more at all when it has leaked (0).
   * @throws NotFound
   */
  async rotateSecret(actor: Actor, id: string, overlapHours = DEFAULT_OVERLAP_HOURS): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
    const secret = newWebhookSecret();
    const at = this.clock.now();
    await transact(this.db, async (tx) => {
      await this.get(actor, id, tx);
      await rows(
        tx,
        `UPDATE webhook_endpoints SET version = version + 1, old_secret_sealed = CASE WHEN $3::timestamptz > $5 THEN secret_sealed END,
                old_secret_until = CASE WHEN $3 > $5 THEN $3 END, secret_sealed = $4
          WHERE workspace_id = $1 AND id = $2`,
        [actor.workspaceId, id, new Date(at.getTime() + overlapHours * HOUR_MS), this.signer.seal(id, secret), at],
      );
      await audit(tx, actor, { action: 'webhook_endpoint.secret_rotated', subjectId: id, at, details: { overlapHours } });
    });
    return { endpoint: await this.get(actor, id), secret };
  }

  /**
   * Queues a made-up event, so that a receiver can be tried before anything happens.
   * @returns the delivery's id
   * @throws NotFound, Conflict `endpoint_disabled`
   */
  async test(actor: Actor, id: string): Promise<string> {
    const { workspaceId } = actor;
    return transact(this.db, async (tx) => {
      await this.turnedOn(actor, id, tx);
      const data = { object: { type: 'webhook_endpoint', id } };
      const at = this.clock.now();
      const event = { id: newId(), type: TEST_EVENT, at, workspaceId, data };
      const [deliveryId = ''] = await queueDeliveries(tx, [{ endpointId: id, event }], at);
      await audit(tx, actor, { action: 'webhook_endpoint.tested', subjectId: id, at });
      return deliveryId;
    });
  }

  /** @throws Conflict `too_many_endpoints` */
  private async requireRoom(tx: EntityManager, workspaceId: string): Promise<void> {
    await rows(tx, 'SELECT FROM workspaces WHERE id = $1 FOR NO KEY UPDATE', [workspaceId]); // two that are made at once are both counted
    const count = await firstRow<{ count: number }>(tx, 'SELECT count(*)::int AS count FROM webhook_endpoints WHERE workspace_id = $1', [
      workspaceId,
    ]);
    if ((count?.count ?? 0) < MAX_ENDPOINTS) return;
    throw new Conflict('too_many_endpoints', `A workspace has at most ${MAX_ENDPOINTS} webhook endpoints.`);
  }

  /**
   * https only, except to addresses that FETCH_ALLOW_CIDRS opens (standards 83).
   * @returns the address as it is kept and used: normalised, without the line breaks and tabs that a URL may be typed with
   */
  private async reachable(url: string): Promise<string> {
    const refuse = (code: ProblemCode, detail: string): RuleViolation => RuleViolation.at('/url', code, detail);
    const parsed = URL.parse(url);
    if (!parsed) throw refuse('invalid_url', 'must be an address with https://, a host, and a port of at most 65535 if it names one');
    if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') throw refuse('https_required', 'must be an https address');
    if (parsed.username !== '' || parsed.password !== '')
      throw refuse('url_not_accepted', 'must hold no user name and no password: what comes from us is told by its signature');
    if (parsed.href.length > MAX_URL_LENGTH)
      throw refuse('invalid_url', `must be at most ${MAX_URL_LENGTH} characters long once it is normalised; this is ${parsed.href.length}`);
    if ((await this.fetcher.resolveTarget(parsed.href)) === 'not_public') throw refuse('target_not_public', 'must not point to an inner address');
    if (parsed.protocol === 'http:' && !this.fetcher.opensInnerHost(parsed.hostname)) throw refuse('https_required', 'must be an https address');
    return parsed.href;
  }
}

function requireOn(endpoint: WebhookEndpoint): WebhookEndpoint {
  if (endpoint.state === 'disabled') throw new Conflict('endpoint_disabled', 'Turn the endpoint on first: PATCH it with state active.');
  return endpoint;
}
