import { randomBytes } from 'node:crypto';
import { Suppressions } from '../../src/modules/suppressions/suppressions.service.js';
import { systemActor } from '../../src/platform/auth/system-actor.js';
import { transact } from '../../src/platform/database/transact.js';
import { newId } from '../../src/platform/ids.js';
import { readUnsubscribeToken, unsubscribeToken } from '../../src/platform/mail/compose/unsubscribe-token.js';
import { openInstallation, openSuppressionKey } from '../../src/platform/secrets/installation.js';
import { LinkSigner, SecretBox } from '../../src/platform/secrets/secret-box.js';
import { SuppressionHasher } from '../../src/platform/secrets/suppression-hasher.js';
import { makeCampaign, makeContact, makeEnrollment, makeOpportunity, makeProspect } from '../support/factories.js';
import { bounce } from '../support/raw-mails.js';
import { makePlannedMail, mailNow } from '../support/sending-world.js';
import { type Caller, createTestApp, type TestApp } from '../support/test-app.js';

let t: TestApp;
let as: Caller;

beforeAll(async () => {
  t = await createTestApp();
  as = t.as(t.owner.key);
});
afterAll(() => t.close());

const ws = (): string => t.owner.workspaceId;
const suppressions = (): Suppressions => t.app.get(Suppressions);
const rowsOf = (hash: string) =>
  t.db.query('SELECT value, source FROM suppressions WHERE workspace_id = $1 AND value_hash = $2 ORDER BY id', [ws(), hash]);

/** As an erasure does: the address goes, its hash stays. @returns the hash */
async function erase(contactId: string, email: string): Promise<string> {
  return transact(t.db, async (tx) => {
    const hash = await suppressions().forget(tx, systemActor(ws()), email);
    await tx.query('UPDATE contacts SET email = $3, email_key = $3, email_hash = $4, erased_at = now() WHERE workspace_id = $1 AND id = $2', [
      ...[ws(), contactId, `erased:${contactId}`, hash],
    ]);
    return hash;
  });
}

async function erasedPerson(): Promise<{ email: string; hash: string; prospectId: string; contactId: string }> {
  const prospectId = (await makeProspect(t.db, ws())).id;
  const email = `${newId()}@tea-blog.example`;
  const contact = await makeContact(t.db, ws(), { prospectId, email });
  return { email, hash: await erase(contact.id, email), prospectId, contactId: contact.id };
}

describe('somebody who was erased', () => {
  it('is kept as a hash alone, also of what was suppressed before', async () => {
    const email = `${newId()}@tea-blog.example`;
    await as.post('/suppressions', { kind: 'address', value: email, reason: 'asked', expiresAt: '2027-01-01T00:00:00Z' }).expect(201);

    const hash = await transact(t.db, (tx) => suppressions().forget(tx, systemActor(ws()), email));

    expect(await rowsOf(hash)).toEqual([{ value: null, source: expect.any(String) }]);
    const kept = await t.db.query('SELECT count(*)::int AS count FROM suppressions WHERE workspace_id = $1 AND value = $2', [ws(), email]);
    expect(kept).toEqual([{ count: 0 }]);
    expect(await suppressions().find(t.db, ws(), { emailKey: email })).toMatchObject({ kind: 'address' });
    const listed = await as.get('/suppressions?filter[source]=person').expect(200);
    expect(listed.body.data).toContainEqual(expect.objectContaining({ value: null, kind: 'address' }));
  });

  it('is known in their own workspace only', async () => {
    const { email } = await erasedPerson();
    const other = await t.makeWorkspace();

    expect(await suppressions().find(t.db, other.workspaceId, { emailKey: email })).toBeUndefined();
  });

  it('is not brought back as a contact, alone or with a site', async () => {
    const { email, prospectId } = await erasedPerson();
    const campaign = await makeCampaign(t.db, ws());

    const refused = await as.post(`/prospects/${prospectId}/contacts`, { email: email.toUpperCase() }).expect(409);
    const items = [{ url: `https://${newId()}.example/`, contacts: [{ email }], enroll: true }];
    const added = await as.post(`/campaigns/${campaign.id}/prospects`, { items }).expect(200);

    expect(refused.body.code).toBe('contact_erased');
    expect(added.body.results).toMatchObject([{ status: 409, problem: { code: 'contact_erased' } }]);
  });

  it('is not enrolled, planned or sent to under an address that was stored elsewhere', async () => {
    const { email } = await erasedPerson();
    const contact = await makeContact(t.db, ws(), { email });
    const campaign = await makeCampaign(t.db, ws());
    const refused = await as.post('/enrollments', { campaignId: campaign.id, contactId: contact.id }).expect(409);
    expect(refused.body.code).toBe('suppressed');

    const card = await makeOpportunity(t.db, ws(), { campaignId: campaign.id, prospectId: contact.prospectId ?? '' });
    const enrollment = await makeEnrollment(t.db, ws(), { opportunityId: card.id, contactId: contact.id });
    const { body: report } = await as.post(`/campaigns/${campaign.id}/preflight`, {}).expect(200);
    expect(report.errors).toContainEqual(expect.objectContaining({ code: 'suppressed', enrollmentId: enrollment.id }));
    await t.run('plan');
    expect((await as.get(`/enrollments/${enrollment.id}`).expect(200)).body).toMatchObject({ state: 'blocked', stateReason: 'suppressed' });

    const mail = await makePlannedMail(t.db, ws(), { port: 9 });
    await t.db.query('UPDATE messages SET to_address = $3 WHERE workspace_id = $1 AND id = $2', [ws(), mail.messageId, email]);
    await t.run('send');
    expect(await mailNow(t.db, ws(), mail.messageId)).toMatchObject({ state: 'cancelled', stateReason: 'suppressed' });
  });

  it('is not written down again by a report about their address, nor by hand', async () => {
    const { email, hash } = await erasedPerson();
    const mail = await makePlannedMail(t.db, ws(), { port: 9, message: { state: 'sent', sentAt: t.clock.now(), toAddress: email } });
    const key = await t.makeKey(['inbound:write'], { mailboxId: mail.mailboxId });
    const [{ rfc_message_id: messageId } = { rfc_message_id: '' }] = await t.db.query<{ rfc_message_id: string }[]>(
      'SELECT rfc_message_id FROM messages WHERE workspace_id = $1 AND id = $2',
      [ws(), mail.messageId],
    );
    const raw = bounce({ recipients: [{ address: email, status: '5.1.1', diagnostic: '550 user unknown' }], messageId });

    await t.as(key).post(`/mailboxes/${mail.mailboxId}/inbound`).type('message/rfc822').send(raw).expect(202);
    const { body } = await as.post('/suppressions', { kind: 'address', value: email, reason: 'asked again' }).expect(200);

    expect(body.value).toBeNull();
    expect(await rowsOf(hash)).toHaveLength(1);
    expect(await t.db.query('SELECT id FROM suppressions WHERE workspace_id = $1 AND value = $2', [ws(), email])).toEqual([]);
  });
});

describe('an unsubscribe link', () => {
  const linkOf = (contactId: string): string => `/u/${unsubscribeToken(t.app.get(LinkSigner), { workspaceId: ws(), contactId })}`;

  it('acts after an erasure, though nothing but the hash is known', async () => {
    const { hash, contactId, email } = await erasedPerson();
    await t.db.query('DELETE FROM suppressions WHERE workspace_id = $1 AND value_hash = $2', [ws(), hash]);

    await t.request().post(linkOf(contactId)).expect(200);

    expect(await rowsOf(hash)).toEqual([{ value: null, source: 'one_click' }]);
    expect(await suppressions().find(t.db, ws(), { emailKey: email })).toMatchObject({ source: 'one_click' });
  });

  it('acts for the person that its contact turned out to be, and ends at a circle', async () => {
    const [first, second] = [await makeContact(t.db, ws()), await makeContact(t.db, ws())];
    await t.db.query('UPDATE contacts SET merged_into_id = $3 WHERE workspace_id = $1 AND id = $2', [ws(), first.id, second.id]);
    await t.db.query('UPDATE contacts SET merged_into_id = $3 WHERE workspace_id = $1 AND id = $2', [ws(), second.id, first.id]);

    await t.request().post(linkOf(first.id)).expect(200);

    for (const { email } of [first, second])
      expect(await suppressions().find(t.db, ws(), { emailKey: email })).toMatchObject({ source: 'one_click' });
  });

  it('acts along a row of merges for each address, the one that was erased meanwhile included, and for nobody else', async () => {
    const [first, second, other] = [await makeContact(t.db, ws()), await makeContact(t.db, ws()), await makeContact(t.db, ws())];
    const last = await erasedPerson();
    await t.db.query('DELETE FROM suppressions WHERE workspace_id = $1 AND value_hash = $2', [ws(), last.hash]);
    const merge = (from: string, into: string) =>
      t.db.query('UPDATE contacts SET merged_into_id = $3 WHERE workspace_id = $1 AND id = $2', [ws(), from, into]);
    await merge(first.id, second.id);
    await merge(second.id, last.contactId);

    await t.request().get(linkOf(first.id)).expect(200);
    expect(await suppressions().find(t.db, ws(), { emailKey: first.email })).toBeUndefined();
    await t.request().post(linkOf(first.id)).type('form').send({ 'List-Unsubscribe': 'One-Click' }).expect(200);

    for (const emailKey of [first.email, second.email, last.email])
      expect(await suppressions().find(t.db, ws(), { emailKey })).toMatchObject({ source: 'one_click' });
    expect(await suppressions().find(t.db, ws(), { emailKey: other.email })).toBeUndefined();
  });
});

it('outlives a change of SECRET_KEY: links and hashes have keys of their own', async () => {
  const [old, fresh] = [new SecretBox(randomBytes(32).toString('base64')), new SecretBox(randomBytes(32).toString('base64'))];
  const query = (sql: string, values?: unknown[]) => t.db.query(sql, values);
  const contexts = { key_check: 'installation.check', link_key_sealed: 'installation.link', suppression_key_sealed: 'installation.suppression' };
  const [before] = await t.db.query<Record<string, string>[]>('SELECT key_check, link_key_sealed, suppression_key_sealed FROM installation');
  try {
    await t.db.query('DELETE FROM installation');
    const [signer, hasher] = [await openInstallation({ query } as never, old), await openSuppressionKey({ query } as never, old)];
    const who = { workspaceId: ws(), contactId: newId() };
    const token = unsubscribeToken(signer, who);
    for (const [column, context] of Object.entries(contexts)) {
      const [row] = await t.db.query<{ sealed: string }[]>(`SELECT ${column} AS sealed FROM installation`);
      await t.db.query(`UPDATE installation SET ${column} = $1`, [fresh.seal(old.open(row?.sealed ?? '', context), context)]);
    }

    const [signerAfter, hasherAfter] = [await openInstallation({ query } as never, fresh), await openSuppressionKey({ query } as never, fresh)];

    expect(readUnsubscribeToken(signerAfter, token)).toEqual(who);
    expect(hasherAfter.hash(ws(), 'ada@tea.example')).toBe(hasher.hash(ws(), 'ada@tea.example'));
    expect(hasher.hash(ws(), 'ada@tea.example')).not.toBe(t.app.get(SuppressionHasher).hash(ws(), 'ada@tea.example'));
  } finally {
    await t.db.query('DELETE FROM installation');
    await t.db.query('INSERT INTO installation (key_check, link_key_sealed, suppression_key_sealed, set_up_at) VALUES ($1, $2, $3, now())', [
      ...[before?.['key_check'], before?.['link_key_sealed'], before?.['suppression_key_sealed']],
    ]);
  }
});
