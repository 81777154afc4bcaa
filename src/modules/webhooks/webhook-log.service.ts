import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { NotFound } from '../../domain/errors.js';
import type { Actor } from '../../platform/auth/actor.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import type { PageQuery } from '../../platform/http/page-query.dto.js';
import { page, readPage, type Page } from '../../platform/http/paging.js';
import { WebhookEndpoint } from './webhook-endpoint.entity.js';
import { WebhookEndpointResponse, type WebhookDeliveryResponse } from './webhooks.dto.js';
import { GET_DELIVERY, LIST_DELIVERIES } from './webhooks.queries.js';

const NEWEST_FIRST = { sorts: ['-createdAt'], key: ['uuid'] } as const;

/** What was sent where, and how it was answered. */
@Injectable()
export class WebhookLog {
  constructor(private readonly db: DataSource) {}

  async listEndpoints(actor: Actor, query: PageQuery): Promise<Page<WebhookEndpointResponse>> {
    const { limit, after, sort } = readPage(query, { ...NEWEST_FIRST, filters: [] });
    const endpoints = await this.db.manager
      .createQueryBuilder(WebhookEndpoint, 'e')
      .where('e.workspace_id = :workspaceId AND (:after::uuid IS NULL OR e.id < :after)', {
        workspaceId: actor.workspaceId,
        after: after?.[0] ?? null,
      })
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

  /** @throws NotFound when the endpoint is not of this workspace */
  async listDeliveries(actor: Actor, endpointId: string, query: PageQuery): Promise<Page<WebhookDeliveryResponse>> {
    const { limit, after, sort, filters } = readPage(query, { ...NEWEST_FIRST, filters: ['state'] });
    const known = await firstRow(this.db, 'SELECT FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2', [actor.workspaceId, endpointId]);
    if (!known) throw new NotFound('webhook endpoint');
    const found = await rows<WebhookDeliveryResponse>(this.db, LIST_DELIVERIES, [
      actor.workspaceId,
      endpointId,
      filters.state ?? null,
      after?.[0] ?? null,
      limit + 1,
    ]);
    return page(found, limit, (row) => [row.id], sort);
  }

  /** @throws NotFound */
  async getDelivery(actor: Actor, id: string): Promise<WebhookDeliveryResponse> {
    const row = await firstRow<WebhookDeliveryResponse>(this.db, GET_DELIVERY, [actor.workspaceId, id]);
    if (!row) throw new NotFound('webhook delivery');
    return row;
  }
}
