import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../../domain/errors.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { filterClause, rangeClause } from '../../../platform/database/filter-clause.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { PageQuery } from '../../../platform/http/lists/page-query.dto.js';
import { page, readPage, type Page } from '../../../platform/http/lists/paging.js';
import { PageFetcher } from '../../../platform/web-fetch/net/page-fetcher.js';
import type { WebhookAttemptResponse, WebhookDeliveryDetailResponse, WebhookDeliveryResponse } from './webhook-deliveries.dto.js';
import { WebhookEndpoint } from '../webhook-endpoint.entity.js';
import { DELIVERY_FILTERS, DELIVERY_LIST, GET_DELIVERY, LIST_ATTEMPTS, LIST_DELIVERIES } from './webhook-log.queries.js';
import { WebhookEndpointResponse } from '../webhooks.dto.js';
import { Webhooks } from '../webhooks.service.js';

interface AttemptRow extends Omit<WebhookAttemptResponse, 'request'> {
  readonly signedAt: Date;
  readonly signature: string;
}

/** What was sent where, and how it was answered. */
@Injectable()
export class WebhookLog {
  constructor(
    private readonly db: DataSource,
    private readonly webhooks: Webhooks,
    private readonly fetcher: PageFetcher,
  ) {}

  async listEndpoints(actor: Actor, query: PageQuery): Promise<Page<WebhookEndpointResponse>> {
    const { limit, after, sort } = readPage(query, { sorts: ['-createdAt'], key: ['uuid'], filters: [] });
    const endpoints = await this.db.manager
      .createQueryBuilder(WebhookEndpoint, 'e')
      .where('e.workspace_id = :workspaceId AND (:after::uuid IS NULL OR e.id < :after)', {
        workspaceId: actor.workspaceId,
        after: after?.[0] ?? null,
      })
      .andWhere('(:projectIds::uuid[] IS NULL OR e.project_ids <@ :projectIds)', { projectIds: actor.projectIds })
      .orderBy('e.id', 'DESC')
      .limit(limit + 1)
      .getMany();
    return page(
      endpoints.map((endpoint) => WebhookEndpointResponse.from(endpoint)),
      limit,
      (row) => [row.id],
      sort,
    );
  }

  /** Who may not read events sees no answer either. @throws NotFound when the endpoint is not the actor's to see */
  async listDeliveries(actor: Actor, endpointId: string, query: PageQuery): Promise<Page<WebhookDeliveryResponse>> {
    const { limit, after, sort, filters: asked, ranges } = readPage(query, DELIVERY_LIST);
    const filters = { ...asked, ...(asked.eventId && { eventId: asked.eventId.map(bareEventId) }) };
    await this.webhooks.get(actor, endpointId);
    const values: unknown[] = [actor.workspaceId, endpointId, after?.[0] ?? null];
    const sql = LIST_DELIVERIES + filterClause(DELIVERY_FILTERS, filters, values) + rangeClause({ createdAt: 'created_at' }, ranges, values);
    const found = await rows<WebhookDeliveryResponse>(this.db, `${sql} ORDER BY id DESC LIMIT $${values.push(limit + 1)}`, values);
    if (!actor.permissions.has('events:read')) for (const row of found) row.lastAnswer = null;
    return page(found, limit, (row) => [row.id], sort);
  }

  /** One delivery with every try. @throws NotFound */
  async getDelivery(actor: Actor, id: string): Promise<WebhookDeliveryDetailResponse> {
    const row = await firstRow<Omit<WebhookDeliveryDetailResponse, 'tries'>>(this.db, GET_DELIVERY, [actor.workspaceId, id]);
    if (!row) throw new NotFound('webhook delivery');
    await this.webhooks.get(actor, row.endpointId).catch((error: unknown) => {
      throw error instanceof NotFound ? new NotFound('webhook delivery') : error;
    });
    const tries = await rows<AttemptRow>(this.db, LIST_ATTEMPTS, [actor.workspaceId, id]);
    return { ...row, tries: tries.map((attempt) => this.attemptOf(row.eventId, attempt)) };
  }

  private attemptOf(eventId: string, { signedAt, signature, ...attempt }: AttemptRow): WebhookAttemptResponse {
    const headers = {
      ...this.fetcher.postHeaders,
      'webhook-id': eventId,
      'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1000)),
      'webhook-signature': signature,
    };
    return { ...attempt, request: { headers } };
  }
}

/** Events are named as in the `webhook-id` of a delivery, or by their bare id. */
function bareEventId(id: string): string {
  return id.replace(/^evt_/, '');
}
