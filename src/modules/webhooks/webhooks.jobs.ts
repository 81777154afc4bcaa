import type { JobType } from '../../platform/jobs/job-queue.js';

/** An endpoint was turned off by itself: the owners of its workspace are to be told. Enqueued in the transaction that turns it off. */
export interface EndpointDisabled {
  readonly workspaceId: string;
  readonly endpointId: string;
  readonly reason: string;
}

export const ENDPOINT_DISABLED: JobType<EndpointDisabled> = { name: 'webhooks.endpoint-disabled' };
