import { newId } from '../../src/platform/ids.js';
import { makeBacklink, makeContact, makeMessage, makePitch } from './factories.js';
import { bounce, letter } from './raw-mails.js';
import { TEST_START, type TestApp, type TestOwner } from './test-app.js';
import { writtenTo } from './written-to.js';

export const [FIRST, LAST] = ['Wilhelmina', 'Zwetschgenbaum'];
/** What may be left nowhere. */
export const PERSON = `${FIRST}|${LAST}`;
export const EMAIL = 'W.Zwetschgenbaum@plum-blog.example';
/** Fits the shortest column. */
export const SAID = `${FIRST} ${LAST} <${EMAIL}>, or ${LAST} for short`;

/** A person we wrote to, who answered, was quoted, and of whom everybody speaks: a row in every table that may hold them. */
export async function makeKnownPerson(t: TestApp, team: TestOwner) {
  const { workspaceId: at } = team;
  const story = await writtenTo(t, team);
  const { contact, opportunity, enrollment, message, mailbox } = story;
  const plant = {
    email: EMAIL,
    emailKey: EMAIL.toLowerCase(),
    firstName: FIRST,
    lastName: LAST,
    role: SAID,
    sourceUrl: `https://plum.example/${LAST}`,
  };
  await t.db.query(
    `UPDATE contacts SET email = $3, email_key = $4, first_name = $5, last_name = $6, role = $7, source_url = $8, external_ref = $9, time_zone = 'Europe/Berlin', country = 'DE'
      WHERE workspace_id = $1 AND id = $2`,
    [at, contact.id, plant.email, plant.emailKey, plant.firstName, plant.lastName, plant.role, plant.sourceUrl, `crm-${LAST}`],
  );
  const words = { subject: `For ${FIRST}`, text: SAID, html: `<p>${SAID}</p>`, lastResponse: `250 <${EMAIL}>` };
  const mail = { mailboxId: mailbox.id, contactId: contact.id, opportunityId: opportunity.id, prospectId: opportunity.prospectId, toAddress: EMAIL };
  const draft = await makeMessage(t.db, at, { ...mail, ...words, state: 'draft' });
  await t.db.query('UPDATE messages SET to_address = $3, text = $4, thread_id = $5 WHERE workspace_id = $1 AND id = $2', [
    ...[at, message.id, EMAIL, SAID, enrollment.threadId],
  ]);
  await story.take(letter({ from: `${FIRST} ${LAST} <${EMAIL}>`, inReplyTo: message.rfcMessageId, text: SAID }));
  await story.take(
    bounce({
      recipients: [{ address: EMAIL, status: '4.2.2', action: 'delayed', diagnostic: `452 <${EMAIL}> is full` }],
      messageId: message.rfcMessageId,
    }),
  );
  await story.take(Buffer.from(`${EMAIL}\0 is no mail`));
  const colleague = await makeContact(t.db, at, { prospectId: opportunity.prospectId });
  const quoting = { ...mail, ...words, contactId: colleague.id, toAddress: colleague.email, threadId: enrollment.threadId };
  const quote = await makeMessage(t.db, at, { ...quoting, state: 'sent' });
  for (const [id, number] of [
    [draft.id, 1],
    [quote.id, 1],
  ] as const)
    // prettier-ignore
    await t.db.query('INSERT INTO message_texts (workspace_id, message_id, number, subject, text, html, replaced_at) VALUES ($1, $2, $3, $4, $4, $4, $5)', [
      ...[at, id, number, SAID, TEST_START],
    ]);
  const pitch = await makePitch(t.db, at, { opportunityId: opportunity.id });
  const backlink = await makeBacklink(t.db, at, { opportunityId: opportunity.id, state: 'needs_review' });
  await t.db.query('INSERT INTO pitch_topics (workspace_id, id, pitch_id, title) VALUES ($1, $2, $3, $4)', [at, newId(), pitch.id, SAID]);
  await t.db.query('INSERT INTO pitch_drafts (workspace_id, id, pitch_id, number, text, created_at) VALUES ($1, $2, $3, 1, $4, $5)', [
    ...[at, newId(), pitch.id, SAID, TEST_START],
  ]);
  await t.db.query(
    `INSERT INTO attestations (workspace_id, id, backlink_id, outcome, note, expires_at, created_at) VALUES ($1, $2, $3, 'live', $4, $5, $5)`,
    [at, newId(), backlink.id, SAID, TEST_START],
  );
  const about = { contactId: contact.id, opportunityId: opportunity.id, prospectId: opportunity.prospectId, threadId: enrollment.threadId };
  for (const [field, id] of Object.entries({
    ...about,
    enrollmentId: enrollment.id,
    messageId: message.id,
    pitchId: pitch.id,
    backlinkId: backlink.id,
  })) {
    await t
      .as(team.key)
      .post('/notes', { [field]: id, text: `Talked with ${FIRST}` })
      .expect(201);
    await t
      .as(team.key)
      .post('/tasks', { [field]: id, title: `Call Mrs ${LAST}` })
      .expect(201);
  }
  await t.as(team.key).post('/suppressions', { kind: 'address', value: EMAIL, reason: 'asked', expiresAt: '2027-01-01T00:00:00Z' }).expect(201);
  return { ...story, draft, quote, colleague, emailKey: plant.emailKey };
}
