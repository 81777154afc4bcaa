import type { EntityManager } from 'typeorm';
import { UNSENT_MESSAGE_STATES } from '../../domain/machines/message.js';
import type { MachineName } from '../../domain/machines/machine.js';
import type { PipelineEvent } from '../../domain/pipeline-events.js';
import { firstRow, rows } from '../../platform/database/sql.js';

/** Which rows an event concerns, found without locks; the locked snapshot is loaded from it. */
export interface Scope {
  readonly opportunityIds: readonly string[];
  /** The message the event is about, also when it has been sent. */
  readonly messageId: string | null;
  /** A backlink without an opportunity stands alone. */
  readonly backlinkId: string | null;
  readonly contactId: string | null;
}

const NOTHING: Scope = { opportunityIds: [], messageId: null, backlinkId: null, contactId: null };
/** Events that move one message and nothing else: they lock only that message, so that a claim never waits for a card. */
const MESSAGE_ONLY: readonly PipelineEvent['kind'][] = [
  'message_approved',
  'message_replanned',
  'message_claimed',
  'message_released',
  'message_held',
  'message_skipped',
  'transmission_begun',
];

const TABLE_OF: Readonly<Record<MachineName, string>> = {
  opportunity: 'opportunities',
  enrollment: 'enrollments',
  message: 'messages',
  pitch: 'pitches',
  backlink: 'backlinks',
};

async function opportunityOf(tx: EntityManager, workspaceId: string, machine: MachineName, id: string): Promise<string[]> {
  if (machine === 'opportunity') return [id];
  const row = await firstRow<{ id: string | null }>(tx, `SELECT opportunity_id AS id FROM ${TABLE_OF[machine]} WHERE workspace_id = $1 AND id = $2`, [
    workspaceId,
    id,
  ]);
  return row?.id ? [row.id] : [];
}

/** Cards the contact is enrolled at; with `site`, all cards of the sites the contact belongs to. */
async function opportunitiesOfContact(tx: EntityManager, workspaceId: string, contactId: string, reach: 'contact' | 'site'): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    reach === 'contact'
      ? `SELECT DISTINCT opportunity_id AS id FROM enrollments WHERE workspace_id = $1 AND contact_id = $2`
      : `SELECT id FROM opportunities WHERE workspace_id = $1 AND prospect_id IN (SELECT prospect_id FROM prospect_contacts WHERE workspace_id = $1 AND contact_id = $2)
         UNION SELECT opportunity_id FROM enrollments WHERE workspace_id = $1 AND contact_id = $2`,
    [workspaceId, contactId],
  );
  return found.map((row) => row.id);
}

async function scopeOfContact(tx: EntityManager, workspaceId: string, event: Extract<PipelineEvent, { contactId: string }>): Promise<Scope> {
  const site = event.kind === 'reply_received' || (event.kind === 'opted_out' && event.scope === 'site');
  const messageId = 'messageId' in event ? event.messageId : null;
  const byContact = await opportunitiesOfContact(tx, workspaceId, event.contactId, site ? 'site' : 'contact');
  const byMessage = messageId === null ? [] : await opportunityOf(tx, workspaceId, 'message', messageId);
  return { ...NOTHING, contactId: event.contactId, messageId, opportunityIds: [...new Set([...byContact, ...byMessage])] };
}

/** A bounce ends every enrollment of the address, not only the one that mailed it. */
async function scopeOfBounce(tx: EntityManager, workspaceId: string, messageId: string): Promise<Scope> {
  const message = await firstRow<{ contact_id: string | null }>(tx, 'SELECT contact_id FROM messages WHERE workspace_id = $1 AND id = $2', [
    workspaceId,
    messageId,
  ]);
  const own = await opportunityOf(tx, workspaceId, 'message', messageId);
  const others = message?.contact_id ? await opportunitiesOfContact(tx, workspaceId, message.contact_id, 'contact') : [];
  return { ...NOTHING, messageId, contactId: message?.contact_id ?? null, opportunityIds: [...new Set([...own, ...others])] };
}

export async function scopeOf(tx: EntityManager, workspaceId: string, event: PipelineEvent): Promise<Scope> {
  if (event.kind === 'moved_by_hand') {
    const { machine, subjectId } = event;
    return {
      ...NOTHING,
      opportunityIds: await opportunityOf(tx, workspaceId, machine, subjectId),
      messageId: machine === 'message' ? subjectId : null,
      backlinkId: machine === 'backlink' ? subjectId : null,
    };
  }
  if ('contactId' in event) return scopeOfContact(tx, workspaceId, event);
  if ('messageId' in event) {
    if (MESSAGE_ONLY.includes(event.kind)) return { ...NOTHING, messageId: event.messageId };
    if (event.kind === 'bounced_hard') return scopeOfBounce(tx, workspaceId, event.messageId);
    return { ...NOTHING, messageId: event.messageId, opportunityIds: await opportunityOf(tx, workspaceId, 'message', event.messageId) };
  }
  if ('backlinkId' in event) {
    return { ...NOTHING, backlinkId: event.backlinkId, opportunityIds: await opportunityOf(tx, workspaceId, 'backlink', event.backlinkId) };
  }
  if ('opportunityId' in event) return { ...NOTHING, opportunityIds: [event.opportunityId] };
  const [machine, id] = 'enrollmentId' in event ? (['enrollment', event.enrollmentId] as const) : (['pitch', event.pitchId] as const);
  return { ...NOTHING, opportunityIds: await opportunityOf(tx, workspaceId, machine, id) };
}

/** A message, and the card that it belongs to. */
export interface MessageOfCard {
  readonly id: string;
  readonly opportunityId: string | null;
}

/** The same as `scopeOf`, for what happens to a message and its card. */
export function scopeOfMessage({ id, opportunityId }: MessageOfCard): Scope {
  return { ...NOTHING, messageId: id, opportunityIds: opportunityId === null ? [] : [opportunityId] };
}

/** What one event does to a card the next one must see: together happens only what does not meet. */
export function assertApart(scopes: readonly Scope[]): void {
  const ids = scopes.flatMap(({ opportunityIds, messageId }) => [...opportunityIds, messageId]);
  if (new Set(ids).size !== ids.length) throw new Error('Events of one card happen one after the other.');
}

/** States of messages that a stop cancels, for SQL. */
export const UNSENT = [...UNSENT_MESSAGE_STATES];
