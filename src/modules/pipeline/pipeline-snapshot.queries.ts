import type { EntityManager } from 'typeorm';
import type { BacklinkFacts, EnrollmentFacts, MessageFacts, OpportunityFacts, PitchFacts, Snapshot } from '../../domain/pipeline-snapshot.js';
import { hot } from '../../platform/database/preparing-client.js';
import { rows } from '../../platform/database/sql.js';
import { UNSENT, type Scope } from './pipeline-scope.js';

/** Where a row belongs; events carry it so that receivers can filter. */
export interface Place {
  readonly version: number;
  readonly projectId: string | null;
  readonly campaignId: string | null;
  readonly externalRef: string | null;
}
type Placed<Facts> = Facts & Place;

export interface LockedSnapshot extends Snapshot {
  readonly opportunities: readonly Placed<OpportunityFacts>[];
  readonly enrollments: readonly Placed<EnrollmentFacts>[];
  readonly messages: readonly Placed<MessageFacts>[];
  readonly pitches: readonly Placed<PitchFacts>[];
  readonly backlinks: readonly Placed<BacklinkFacts & { readonly sourceUrl: string | null; readonly targetUrl: string }>[];
}

const LOCK_PROSPECTS = hot(`
  SELECT id FROM prospects
   WHERE workspace_id = $1 AND id IN (SELECT prospect_id FROM opportunities WHERE workspace_id = $1 AND id = ANY ($2))
   ORDER BY id FOR NO KEY UPDATE`);

/** A contact is left when it can be written to: known at the site, deliverable, not suppressed, not yet enrolled in this campaign. */
const OPPORTUNITIES = hot(`
  SELECT o.id, o.stage, o.prospect_id AS "prospectId", o.contact_blocked AS "contactBlocked", o.waiting_on AS "waitingOn", o.version, o.project_id AS "projectId",
         o.campaign_id AS "campaignId", o.external_ref AS "externalRef",
         EXISTS (SELECT FROM prospect_contacts pc JOIN contacts c ON c.workspace_id = pc.workspace_id AND c.id = pc.contact_id
                  WHERE pc.workspace_id = $1 AND pc.prospect_id = o.prospect_id AND c.undeliverable_at IS NULL AND c.erased_at IS NULL
                    AND NOT EXISTS (SELECT FROM enrollments e WHERE e.workspace_id = $1 AND e.campaign_id = o.campaign_id AND e.contact_id = c.id)
                    AND NOT EXISTS (SELECT FROM suppressions s WHERE s.workspace_id = $1 AND (s.project_id IS NULL OR s.project_id = o.project_id)
                          AND (s.expires_at IS NULL OR s.expires_at > $3)
                          AND (s.kind = 'address' AND s.value = c.email_key
                            OR s.kind = 'domain' AND '.' || split_part(c.email_key, '@', 2) LIKE '%.' || s.value))) AS "anotherContactLeft"
    FROM opportunities o WHERE o.workspace_id = $1 AND o.id = ANY ($2) ORDER BY o.id FOR NO KEY UPDATE OF o`);

const ENROLLMENTS = hot(`
  SELECT id, opportunity_id AS "opportunityId", contact_id AS "contactId", state, version, project_id AS "projectId", campaign_id AS "campaignId", NULL AS "externalRef"
    FROM enrollments WHERE workspace_id = $1 AND opportunity_id = ANY ($2) ORDER BY id FOR NO KEY UPDATE`);

const MESSAGES = hot(`
  SELECT id, state, contact_id AS "contactId", opportunity_id AS "opportunityId", enrollment_id AS "enrollmentId", pitch_id AS "pitchId", follow_up_of IS NOT NULL AS "followUp", version,
         project_id AS "projectId", campaign_id AS "campaignId", NULL AS "externalRef"
    FROM messages
   WHERE workspace_id = $1 AND direction = 'out' AND (id = ANY ($3) OR (state = ANY ($5) AND (opportunity_id = ANY ($2) OR contact_id = ANY ($4))))
   ORDER BY id FOR NO KEY UPDATE`);

const PITCHES = hot(`
  SELECT p.id, p.opportunity_id AS "opportunityId", p.state, p.version, p.project_id AS "projectId", o.campaign_id AS "campaignId", NULL AS "externalRef"
    FROM pitches p JOIN opportunities o ON o.workspace_id = p.workspace_id AND o.id = p.opportunity_id
   WHERE p.workspace_id = $1 AND p.opportunity_id = ANY ($2) ORDER BY p.id FOR NO KEY UPDATE OF p`);

const BACKLINKS = hot(`
  SELECT id, opportunity_id AS "opportunityId", state, required, compliance_status = 'policy_risk' AS "policyRisk", first_live_at AS "firstLiveAt", version,
         project_id AS "projectId", campaign_id AS "campaignId", external_ref AS "externalRef", source_url AS "sourceUrl", target_url AS "targetUrl",
         (SELECT p.id FROM pitches p JOIN agreement_items i ON i.workspace_id = p.workspace_id AND i.agreement_id = p.agreement_id
           WHERE p.workspace_id = $1 AND i.id = backlinks.agreement_item_id LIMIT 1) AS "pitchId"
    FROM backlinks WHERE workspace_id = $1 AND (opportunity_id = ANY ($2) OR id = ANY ($3)) ORDER BY id FOR NO KEY UPDATE`);

/** Locks and reads in the one fixed order: prospect, opportunity, enrollment, message, pitch, backlink. Two events can wait, but not for each other. */
export function lockSnapshot(tx: EntityManager, workspaceId: string, scope: Scope, at: Date): Promise<LockedSnapshot> {
  return lockAll(tx, workspaceId, [scope], at);
}

/** The same for several scopes at once; to each what it would have seen alone. */
export async function lockSnapshots(tx: EntityManager, workspaceId: string, scopes: readonly Scope[], at: Date): Promise<LockedSnapshot[]> {
  const all = await lockAll(tx, workspaceId, scopes, at);
  return scopes.map((scope) => partOf(all, scope));
}

async function lockAll(tx: EntityManager, workspaceId: string, scopes: readonly Scope[], at: Date): Promise<LockedSnapshot> {
  const given = (idOf: (scope: Scope) => string | null): string[] => scopes.flatMap((scope) => idOf(scope) ?? []);
  const ids = scopes.flatMap(({ opportunityIds }) => opportunityIds);
  const messageIds = given(({ messageId }) => messageId);
  const contactIds = given(({ contactId }) => contactId);
  const backlinkIds = given(({ backlinkId }) => backlinkId);
  const cards = ids.length > 0;
  if (cards) await rows(tx, LOCK_PROSPECTS, [workspaceId, ids]);
  return {
    opportunities: cards ? await rows(tx, OPPORTUNITIES, [workspaceId, ids, at]) : [],
    enrollments: cards ? await rows(tx, ENROLLMENTS, [workspaceId, ids]) : [],
    messages: cards || messageIds.length + contactIds.length > 0 ? await rows(tx, MESSAGES, [workspaceId, ids, messageIds, contactIds, UNSENT]) : [],
    pitches: cards ? await rows(tx, PITCHES, [workspaceId, ids]) : [],
    backlinks: cards || backlinkIds.length > 0 ? await rows(tx, BACKLINKS, [workspaceId, ids, backlinkIds]) : [],
  };
}

function partOf(all: LockedSnapshot, { opportunityIds, messageId, contactId, backlinkId }: Scope): LockedSnapshot {
  const ofCard = (row: { readonly opportunityId: string | null }): boolean =>
    row.opportunityId !== null && opportunityIds.includes(row.opportunityId);
  return {
    opportunities: all.opportunities.filter(({ id }) => opportunityIds.includes(id)),
    enrollments: all.enrollments.filter(ofCard),
    messages: all.messages.filter(
      (row) => row.id === messageId || (UNSENT_STATES.has(row.state) && (ofCard(row) || (contactId !== null && row.contactId === contactId))),
    ),
    pitches: all.pitches.filter(ofCard),
    backlinks: all.backlinks.filter((row) => ofCard(row) || row.id === backlinkId),
  };
}

const UNSENT_STATES: ReadonlySet<string> = new Set(UNSENT);
