import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type ConditionFacts, conditionsHold, type StepCondition } from '../../../domain/step-conditions.js';
import { rows } from '../../../platform/database/sql.js';

type Db = Pick<EntityManager, 'query'>;

const FACTS = `
  SELECT e.id, o.stage, p.tags,
         EXISTS (SELECT FROM messages m WHERE m.workspace_id = $1 AND m.opportunity_id = e.opportunity_id
                    AND (m.direction = 'in' AND m.class IN ('human', 'interested', 'asks_fee', 'not_now', 'wrong_person', 'declined', 'unsubscribe_request', 'other')
                      OR EXISTS (SELECT FROM message_facts f WHERE f.workspace_id = $1 AND f.message_id = m.id AND f.fact = 'replied'))) AS replied,
         EXISTS (SELECT FROM messages m JOIN message_facts f ON f.workspace_id = $1 AND f.message_id = m.id
                  WHERE m.workspace_id = $1 AND m.opportunity_id = e.opportunity_id AND f.fact IN ('bounced_hard', 'bounced_soft')) AS bounced,
         json_build_object(
           'contact.firstName', c.first_name, 'contact.lastName', c.last_name, 'contact.role', c.role, 'contact.country', c.country,
           'contact.timeZone', c.time_zone, 'prospect.name', p.name, 'prospect.domain', p.domain, 'prospect.country', p.country,
           'prospect.condition', p.condition, 'opportunity.pageUrl', o.page_url) AS fields
    FROM enrollments e
    JOIN opportunities o ON o.workspace_id = $1 AND o.id = e.opportunity_id
    JOIN prospects p ON p.workspace_id = $1 AND p.id = e.prospect_id
    JOIN contacts c ON c.workspace_id = $1 AND c.id = e.contact_id
   WHERE e.workspace_id = $1 AND e.id = ANY ($2)`;

/** The conditions of the step that each mail belongs to, in the version of the sequence that its enrollment follows. */
const CONDITIONS_OF = `
  SELECT m.id, m.enrollment_id AS "enrollmentId", step.value -> 'conditions' AS conditions
    FROM messages m
    JOIN enrollments e ON e.workspace_id = $1 AND e.id = m.enrollment_id
    JOIN sequence_versions v ON v.workspace_id = $1 AND v.id = e.sequence_version_id
   CROSS JOIN LATERAL jsonb_array_elements(v.steps) step
   WHERE m.workspace_id = $1 AND m.id = ANY ($2) AND step.value ->> 'key' = m.step_key AND step.value ? 'conditions'`;

/** Asks the conditions of steps, as things stand now. */
@Injectable()
export class StepConditions {
  /** Whether the step is to be done for this enrollment. */
  async hold(tx: Db, workspaceId: string, enrollmentId: string, conditions: readonly StepCondition[]): Promise<boolean> {
    if (conditions.length === 0) return true;
    const facts = (await this.facts(tx, workspaceId, [enrollmentId])).get(enrollmentId);
    return facts !== undefined && conditionsHold(conditions, facts);
  }

  /** Those of the mails whose step is not to be done any more. */
  async unmet(tx: Db, workspaceId: string, messageIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (messageIds.length === 0) return new Set();
    const asked = await rows<{ id: string; enrollmentId: string; conditions: StepCondition[] }>(tx, CONDITIONS_OF, [workspaceId, messageIds]);
    return this.unmetOf(tx, workspaceId, asked);
  }

  /** Those of the enrollments whose step is not to be done as things stand. */
  async unmetSteps(
    tx: Db,
    workspaceId: string,
    asked: readonly { readonly enrollmentId: string; readonly conditions: readonly StepCondition[] }[],
  ): Promise<ReadonlySet<string>> {
    if (asked.length === 0) return new Set();
    return this.unmetOf(
      tx,
      workspaceId,
      asked.map((one) => ({ id: one.enrollmentId, ...one })),
    );
  }

  private async unmetOf(
    tx: Db,
    workspaceId: string,
    asked: readonly { readonly id: string; readonly enrollmentId: string; readonly conditions: readonly StepCondition[] }[],
  ): Promise<ReadonlySet<string>> {
    const facts = await this.facts(
      tx,
      workspaceId,
      asked.map(({ enrollmentId }) => enrollmentId),
    );
    return new Set(
      asked.flatMap(({ id, enrollmentId, conditions }) => {
        const known = facts.get(enrollmentId);
        return known && conditionsHold(conditions, known) ? [] : [id];
      }),
    );
  }

  private async facts(tx: Db, workspaceId: string, enrollmentIds: readonly string[]): Promise<ReadonlyMap<string, ConditionFacts>> {
    const found = await rows<ConditionFacts & { id: string }>(tx, FACTS, [workspaceId, enrollmentIds]);
    return new Map(found.map((facts) => [facts.id, facts]));
  }
}
