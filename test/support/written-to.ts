import type { DataSource } from 'typeorm';
import { InboundMails } from '../../src/modules/inbox/inbound-mails.service.js';
import type { InboundRow } from '../../src/modules/inbox/inbox.queries.js';
import { makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity } from './factories.js';
import type { TestApp, TestOwner } from './test-app.js';

type Db = Pick<DataSource, 'query'>;
export type WrittenTo = Awaited<ReturnType<typeof writtenTo>>;

/** A contact that was written to: card contacting, enrollment active, its first mail sent. */
export async function writtenTo(test: TestApp, owner: TestOwner, { state = 'sent' as const, stage = 'contacting' as const } = {}) {
  const { workspaceId } = owner;
  const opportunity = await makeOpportunity(test.db, workspaceId, { stage });
  const contact = await makeContact(test.db, workspaceId, { prospectId: opportunity.prospectId });
  const enrollment = await makeEnrollment(test.db, workspaceId, { opportunityId: opportunity.id, contactId: contact.id, nextAt: null });
  const mailbox = await makeMailbox(test.db, workspaceId);
  const message = await makeMessage(test.db, workspaceId, {
    ...{ enrollmentId: enrollment.id, mailboxId: mailbox.id, toAddress: contact.email },
    ...{ state, sentAt: test.clock.now(), nextAt: null },
  });
  const take = (raw: Buffer): Promise<InboundRow> => test.app.get(InboundMails).receive(owner.actor, mailbox.id, raw);
  return { owner, opportunity, contact, enrollment, mailbox, message, take };
}

export async function one<Row>(db: Db, sql: string, values: readonly unknown[]): Promise<Row> {
  const [row] = await db.query<Row[]>(sql, [...values]);
  if (row === undefined) throw new Error('no such row');
  return row;
}

/** Where everything stands: the states, the facts of the mail, and whether the address is suppressed. */
export async function standing(db: Db, { owner: { workspaceId }, opportunity, enrollment, message, contact }: WrittenTo) {
  const facts = await db.query<{ fact: string }[]>('SELECT fact FROM message_facts WHERE workspace_id = $1 AND message_id = $2 ORDER BY fact', [
    workspaceId,
    message.id,
  ]);
  const states = await one<object>(
    db,
    `SELECT (SELECT stage FROM opportunities WHERE workspace_id = $1 AND id = $2) AS stage,
            (SELECT state FROM enrollments WHERE workspace_id = $1 AND id = $3) AS enrollment,
            (SELECT state FROM messages WHERE workspace_id = $1 AND id = $4) AS message,
            (SELECT source FROM suppressions WHERE workspace_id = $1 AND value = $5) AS suppressed,
            (SELECT undeliverable_at IS NOT NULL FROM contacts WHERE workspace_id = $1 AND id = $6) AS undeliverable`,
    [workspaceId, opportunity.id, enrollment.id, message.id, contact.email, contact.id],
  );
  return { ...states, facts: facts.map(({ fact }) => fact) };
}

/** The standing of a contact of whom nothing was heard. */
export const UNMOVED = { stage: 'contacting', enrollment: 'active', message: 'sent', suppressed: null, undeliverable: false, facts: [] };

export async function countOf(db: Db, table: 'inbound_mails' | 'messages' | 'events' | 'tasks', workspaceId: string, where: string): Promise<number> {
  return (await one<{ count: number }>(db, `SELECT count(*)::int AS count FROM ${table} WHERE workspace_id = $1 AND ${where}`, [workspaceId])).count;
}
