import type { EntityManager } from 'typeorm';
import { NotFound, RuleViolation } from '../../domain/errors.js';
import type { Actor } from '../../platform/auth/actor.js';
import { rows } from '../../platform/database/sql.js';
import { requireProjects } from '../workspaces/seen-projects.service.js';
import type { WebhookEndpoint } from './webhook-endpoint.entity.js';

/** An endpoint lies inside a border when all that it can be sent does. */
export function seesEndpoint({ projectIds }: Pick<Actor, 'projectIds'>, endpoint: Pick<WebhookEndpoint, 'projectIds'>): boolean {
  return projectIds === null || (endpoint.projectIds?.every((id) => projectIds.includes(id)) ?? false);
}

export interface WantedPlaces {
  readonly projectIds?: readonly string[] | null | undefined;
  readonly campaignIds?: readonly string[] | null | undefined;
}

/**
 * May the actor ask for events of these projects and campaigns?
 * @throws NotFound with a pointer for what is not there or not theirs to see; RuleViolation `project_filter_required` when someone who
 *         sees only some projects asks for all
 */
export async function requirePlaces(tx: EntityManager, actor: Actor, { projectIds, campaignIds }: WantedPlaces): Promise<void> {
  if (actor.projectIds !== null && projectIds === null) {
    throw RuleViolation.at('/projectIds', 'project_filter_required', 'You see some projects only: name those whose events shall be sent.');
  }
  await requireProjects(tx, actor, projectIds);
  await requireCampaigns(tx, actor, campaignIds ?? []);
}

async function requireCampaigns(tx: EntityManager, actor: Actor, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const found = await rows<{ id: string }>(
    tx,
    'SELECT id FROM campaigns WHERE workspace_id = $1 AND id = ANY ($2) AND ($3::uuid[] IS NULL OR project_id = ANY ($3))',
    [actor.workspaceId, ids, actor.projectIds],
  );
  const known = new Set(found.map(({ id }) => id));
  const missing = ids.findIndex((id) => !known.has(id.toLowerCase()));
  if (missing >= 0) throw new NotFound('campaign', `/campaignIds/${missing}`);
}
