import type { EntityManager } from 'typeorm';
import { NotFound, RuleViolation } from '../../../domain/errors.js';
import { seesTools, wordOfField } from '../../../domain/project-border.js';
import { CATALOGUE_RECORDS, type NamedRecord, type RecordIds, recordsIn } from '../../../domain/record-types.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { findRecordPlace, type RecordPlace } from '../../pipeline/record-places.service.js';
import { requireThere } from '../../projects/project-border.service.js';

/**
 * The one record that a note or a task is about, and where it belongs.
 * @throws NotFound for one that the actor does not see, pointing at it; RuleViolation `record_required` unless it is exactly one
 */
export async function requireRecord(tx: EntityManager, actor: Actor, ids: RecordIds): Promise<{ record: NamedRecord; place: RecordPlace }> {
  const named = recordsIn(ids);
  const things = named.flatMap(({ type, id }) => {
    const word = wordOfField(`${type}Id`);
    return word ? [{ word, id, pointer: `/${type}Id` }] : [];
  });
  await requireThere(tx, actor, things);
  const [record, ...more] = named;
  if (!record || more.length > 0) {
    const detail = 'Give the id of exactly one record, as in prospectId.';
    throw new RuleViolation('record_required', detail, { errors: named.map(({ type }) => ({ pointer: `/${type}Id`, detail })) });
  }
  const place = await findRecordPlace(tx, actor.workspaceId, record.type, record.id);
  if (!place) throw new NotFound(record.type, `/${record.type}Id`);
  return { record, place };
}

const CATALOGUE = CATALOGUE_RECORDS.map((type) => `'${type}'`).join(', ');

/** Narrows a list of what stands on records, to stand after a WHERE clause, as the border's table says of `record`. */
export function recordClause(actor: Actor, values: unknown[]): string {
  if (actor.projectIds === null) return '';
  const inside = `project_id = ANY ($${values.push(actor.projectIds)}::uuid[])`;
  return seesTools(actor) ? ` AND (${inside} OR project_id IS NULL AND subject_type IN (${CATALOGUE}))` : ` AND ${inside}`;
}
