import { Enrollments } from '../../src/modules/outreach/enrollments/enrollments.service.js';
import { Erasures } from '../../src/modules/privacy/erasures.service.js';
import { Suppressions } from '../../src/modules/suppressions/suppressions.service.js';
import { unsubscribeToken } from '../../src/platform/mail/compose/unsubscribe-token.js';
import { PERSONAL } from '../../src/platform/privacy/privacy-registry.js';
import { LinkSigner } from '../../src/platform/secrets/secret-box.js';
import { makeCampaign, makeContact, makeMessage, makeProspect } from '../support/factories.js';
import { EMAIL, FIRST, LAST, makeKnownPerson, PERSON, SAID } from '../support/known-person.js';
import { everythingOf } from '../support/planted-things.js';
import { letter } from '../support/raw-mails.js';
import { createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';

let t: TestApp;
let team: TestOwner;

beforeAll(async () => {
  t = await createTestApp();
});
beforeEach(async () => {
  team = await t.makeWorkspace();
});
afterAll(() => t.close());

const erase = (contactId: string, key = team.key) => t.as(key).post(`/contacts/${contactId}/erase`, { reason: `asked by ${FIRST} ${LAST}` });
const rowsOf = <Row>(sql: string, ...values: unknown[]): Promise<Row[]> => t.db.query<Row[]>(sql, [team.workspaceId, ...values]);

/** Says it in every column that the registry wants searched, so that none is forgotten. */
async function sayEverywhere(): Promise<string[]> {
  const said: string[] = [];
  for (const [table, columns] of Object.entries(PERSONAL)) {
    for (const column of Object.keys(columns).filter((one) => columns[one] === 'search')) {
      const [alone, value] =
        column === 'tags'
          ? ['', 'ARRAY[$2::text]']
          : [['suppressions', 'mailboxes', 'messages'].includes(table) ? `${FIRST} ${LAST} <${EMAIL}>` : '', '$2::text'];
      const changed = await rowsOf<unknown[]>(`UPDATE ${table} SET ${column} = ${value} WHERE workspace_id = $1 RETURNING 1`, alone || SAID);
      if ((changed[0] as unknown as unknown[]).length > 0) said.push(`${table}.${column}`);
    }
  }
  return said;
}

/** `table.column` of everything of the workspace that holds the person's name or address. */
async function placesOf(workspaceId: string): Promise<string[]> {
  const tables = await t.db.query<{ name: string }[]>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  const places = await Promise.all(
    tables.map(async ({ name }) => {
      const found = await t.db.query<{ key: string }[]>(
        `SELECT DISTINCT f.key FROM ${name} x, jsonb_each_text(to_jsonb(x)) f WHERE x.workspace_id = $1
            AND (f.value ~* $2 OR CASE WHEN starts_with(f.value, '\\x') THEN encode(decode(substr(f.value, 3), 'hex'), 'escape') ~* $2 END)`,
        [workspaceId, PERSON],
      );
      return found.map(({ key }) => `${name}.${key}`);
    }),
  );
  return places.flat().sort();
}

const ruled = (...rules: string[]): string[] =>
  Object.entries(PERSONAL).flatMap(([table, columns]) =>
    Object.entries(columns).flatMap(([column, rule]) => (rules.includes(rule) ? [`${table}.${column}`] : [])),
  );

describe('the erasure of a person', () => {
  it('leaves their name, address and words in no column of any table', async () => {
    const { contact } = await makeKnownPerson(t, team);
    const said = await sayEverywhere();
    const before = await placesOf(team.workspaceId);

    await erase(contact.id).expect(200);

    expect(said).toEqual(ruled('search'));
    const planted = [
      ...said,
      'contacts.email',
      'contacts.external_ref',
      'contacts.source_url',
      'inbound_mails.raw',
      'message_texts.text',
      'messages.text',
    ];
    expect(planted.filter((place) => !before.includes(place))).toEqual([]);
    expect(await placesOf(team.workspaceId)).toEqual([]);
  });

  it('leaves what others did not say of them, and other workspaces, as they are', async () => {
    const { contact, quote } = await makeKnownPerson(t, team);
    const far = await makeProspect(t.db, team.workspaceId);
    const note = async (text: string): Promise<string> =>
      (await t.as(team.key).post('/notes', { prospectId: far.id, text }).expect(201)).body.id as string;
    const [meant, unmeant] = [await note(`Sent here by ${FIRST} ${LAST} (${EMAIL})`), await note(`Another ${FIRST} answers the phone`)];
    const other = await t.makeWorkspace();
    await makeContact(t.db, other.workspaceId, { email: EMAIL, firstName: FIRST });
    const before = await everythingOf(t, other.workspaceId);

    await erase(contact.id).expect(200);

    const text = async (id: string): Promise<string> => (await t.as(team.key).get(`/notes/${id}`).expect(200)).body.text as string;
    expect(await text(meant)).toBe('Sent here by … (…)');
    expect(await text(unmeant)).toBe(`Another ${FIRST} answers the phone`);
    expect((await t.as(team.key).get(`/messages/${quote.id}`).expect(200)).body.text).toBe('… <…>, or … for short');
    expect(await everythingOf(t, other.workspaceId)).toEqual(before);
  });

  it('stops what is under way and says so once, keeping the hash alone of the address', async () => {
    const { contact, enrollment, draft, emailKey } = await makeKnownPerson(t, team);
    await t.db.query(`UPDATE enrollments SET state = 'active' WHERE workspace_id = $1 AND id = $2`, [team.workspaceId, enrollment.id]);

    const first = await erase(contact.id).expect(200);
    t.clock.advance(60_000);
    const again = await erase(contact.id).expect(200);

    expect(again.body).toEqual(first.body);
    expect((await t.as(team.key).get(`/enrollments/${enrollment.id}`).expect(200)).body.state).toBe('stopped');
    expect((await t.as(team.key).get(`/messages/${draft.id}`).expect(200)).body).toMatchObject({
      state: 'cancelled',
      text: null,
      toAddress: 'person@erased.invalid',
    });
    expect((await t.as(team.key).get(`/contacts/${contact.id}`).expect(200)).body).toMatchObject({ firstName: null, erasedAt: first.body.erasedAt });
    expect(await rowsOf(`SELECT FROM events WHERE workspace_id = $1 AND type = 'contact.erased'`)).toHaveLength(1);
    expect(await rowsOf(`SELECT FROM audit_log WHERE workspace_id = $1 AND action = 'contact.erased'`)).toHaveLength(1);
    expect(await rowsOf('SELECT value FROM suppressions WHERE workspace_id = $1')).toEqual([{ value: null }]);
    expect(await t.app.get(Suppressions).find(t.db, team.workspaceId, { emailKey })).toMatchObject({ kind: 'address' });
    const back = await t.as(team.key).post(`/prospects/${contact.prospectId}/contacts`, { email: EMAIL }).expect(409);
    expect(back.body.code).toBe('contact_erased');
  });

  it('takes along whom they were merged with, in either direction', async () => {
    const [asked, into, from] = [
      await makeContact(t.db, team.workspaceId),
      await makeContact(t.db, team.workspaceId),
      await makeContact(t.db, team.workspaceId),
    ];
    const merge = (id: string, to: string) =>
      t.db.query('UPDATE contacts SET merged_into_id = $3 WHERE workspace_id = $1 AND id = $2', [team.workspaceId, id, to]);
    await merge(asked.id, into.id);
    await merge(from.id, asked.id);
    const stranger = await makeContact(t.db, team.workspaceId);

    await erase(asked.id).expect(200);

    const gone = await rowsOf<{ id: string }>('SELECT id FROM contacts WHERE workspace_id = $1 AND erased_at IS NOT NULL ORDER BY id');
    expect(gone.map(({ id }) => id)).toEqual([asked.id, into.id, from.id].sort());
    expect(gone.map(({ id }) => id)).not.toContain(stranger.id);
  });

  it('keeps their link working, which tells nothing', async () => {
    const { contact, emailKey } = await makeKnownPerson(t, team);
    await erase(contact.id).expect(200);
    await rowsOf('DELETE FROM suppressions WHERE workspace_id = $1');

    const page = await t
      .request()
      .post(`/u/${unsubscribeToken(t.app.get(LinkSigner), { workspaceId: team.workspaceId, contactId: contact.id })}`)
      .expect(200);

    expect(page.text).not.toMatch(new RegExp(PERSON, 'i'));
    expect(await t.app.get(Suppressions).find(t.db, team.workspaceId, { emailKey })).toMatchObject({ source: 'one_click' });
    expect(await placesOf(team.workspaceId)).toEqual([]);
  });

  it('knows a mail of theirs that is brought in again, and does not keep it again', async () => {
    const story = await makeKnownPerson(t, team);
    const raw = letter({ from: EMAIL, inReplyTo: story.message.rfcMessageId, text: SAID });
    await story.take(raw);
    await erase(story.contact.id).expect(200);

    await story.take(raw);

    expect(await placesOf(team.workspaceId)).toEqual([]);
  });

  it('waits for a mail that is on the wire, and does nothing by halves', async () => {
    const { contact, mailbox, opportunity } = await makeKnownPerson(t, team);
    const sending = await makeMessage(t.db, team.workspaceId, {
      ...{ mailboxId: mailbox.id, contactId: contact.id, opportunityId: opportunity.id, toAddress: EMAIL, state: 'transmitting', nextAt: null },
    });
    const before = await everythingOf(t, team.workspaceId);

    const refused = await erase(contact.id).expect(409);

    expect(refused.body.code).toBe('mail_under_way');
    expect(await everythingOf(t, team.workspaceId)).toEqual(before);
    await t.db.query(`UPDATE messages SET state = 'sent' WHERE workspace_id = $1 AND id = $2`, [team.workspaceId, sending.id]);
    await erase(contact.id).expect(200);
  });

  it('leaves nobody enrolled who is enrolled at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const contact = await makeContact(t.db, team.workspaceId);
      const campaign = await makeCampaign(t.db, team.workspaceId);

      await Promise.allSettled([
        t.app.get(Erasures).erase(team.actor, contact.id, 'asked'),
        t.app.get(Enrollments).create(team.actor, { campaignId: campaign.id, contactId: contact.id }),
      ]);

      const open = await rowsOf(`SELECT FROM enrollments WHERE workspace_id = $1 AND contact_id = $2 AND state <> 'stopped'`, contact.id);
      const erased = await rowsOf('SELECT FROM contacts WHERE workspace_id = $1 AND id = $2 AND erased_at IS NOT NULL', contact.id);
      expect([open.length, erased.length]).toEqual([0, 1]);
    }
  });

  it('is for managers who see all projects, of their own workspace, with a reason', async () => {
    const contact = await makeContact(t.db, t.owner.workspaceId);
    const other = await t.makeWorkspace();
    const bordered = await t.makeKey('manager', { projectIds: [] });

    await erase(contact.id, await t.makeKey('member')).expect(403);
    expect((await erase(contact.id, bordered).expect(403)).body.code).toBe('outside_border');
    await erase(contact.id, other.key).expect(404);
    await t.as(t.owner.key).post(`/contacts/${contact.id}/erase`, {}).expect(400);
    await erase(contact.id, await t.makeKey('manager')).expect(200);
  });
});
