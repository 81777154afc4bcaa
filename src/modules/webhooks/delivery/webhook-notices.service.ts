import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { firstRow } from '../../../platform/database/sql.js';
import { transact } from '../../../platform/database/transact.js';
import { JobQueue } from '../../../platform/jobs/job-queue.js';
import { OwnerNotices } from '../../workspaces/owner-notices.service.js';
import { ENDPOINT_DISABLED, type EndpointDisabled } from '../webhooks.jobs.js';

/** Tells the owners of a workspace by mail that an endpoint was turned off. Told twice when a job runs twice, which does no harm. */
@Injectable()
export class WebhookNotices implements OnModuleInit {
  constructor(
    private readonly db: DataSource,
    private readonly jobs: JobQueue,
    private readonly owners: OwnerNotices,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(ENDPOINT_DISABLED, (notice) => this.tellOwners(notice));
  }

  /** The one place from which the mail goes out. An endpoint that was removed meanwhile is no news any more. */
  private tellOwners({ workspaceId, endpointId, reason }: EndpointDisabled): Promise<void> {
    return transact(this.db, async (tx) => {
      const endpoint = await firstRow<{ url: string }>(tx, 'SELECT url FROM webhook_endpoints WHERE workspace_id = $1 AND id = $2', [
        workspaceId,
        endpointId,
      ]);
      if (!endpoint) return;
      const values = { endpointHost: new URL(endpoint.url).host, reason };
      await this.owners.notifyOwners(tx, workspaceId, { mail: 'webhook-endpoint-disabled', values, path: '/webhooks' });
    });
  }
}
