import type { DataSource } from 'typeorm';
import type { SuppressionInput } from '../../src/modules/suppressions/suppressions.service.js';
import { Suppressions } from '../../src/modules/suppressions/suppressions.service.js';
import { systemActor } from '../../src/platform/auth/system-actor.js';
import { DAY_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { expectCatalogued } from '../support/catalogued-events.js';
import { makeContact, makeEnrollment, makeMessage, makeOpportunity, makeProject, makeProspect } from '../support/factories.js';
import { createTestApp, type TestApp, TEST_START } from '../support/test-app.js';

describe('what a suppression does', () => {
  let test: TestApp;
  let db: DataSource;
  let suppressions: Suppressions;
  let workspaceId: string;

  beforeAll(async () => {
    test = await createTestApp();
    db = test.db;
    suppressions = test.app.get(Suppressions);
  });

  beforeEach(async () => {
    ({ workspaceId } = await test.makeWorkspace());
    test.clock.set(TEST_START);
  });

  afterAll(async () => {
    await expectCatalogued(test.db);
    await test.close();
  });

  const add = (input: Partial<SuppressionInput> & Pick<SuppressionInput, 'value'>) =>
    transact(db, (tx) => suppressions.add(tx, systemActor(workspaceId), { kind: 'address', reason: 'asked', source: 'one_click', ...input }));
  const find = (emailKey: string, projectId: string | null = null) => suppressions.find(db.manager, workspaceId, { emailKey, projectId });
  const stateOf = async (table: string, id: string, column = 'state') =>
    (await db.query(`SELECT ${column} AS state FROM ${table} WHERE workspace_id = $1 AND id = $2`, [workspaceId, id]))[0].state;
  const suppressedEvents = () =>
    db.query(`SELECT project_id, data -> 'object' AS object FROM events WHERE workspace_id = $1 AND type = 'contact.suppressed' ORDER BY id`, [
      workspaceId,
    ]);

  /** A contact who is being written to: a running enrollment with a mail that has not left yet. */
  async function writtenTo(email: string, over: { prospectId?: string } = {}) {
    const prospectId = over.prospectId ?? (await makeProspect(db, workspaceId)).id;
    const contact = await makeContact(db, workspaceId, { email, prospectId });
    const card = await makeOpportunity(db, workspaceId, { prospectId, stage: 'contacting' });
    const enrollment = await makeEnrollment(db, workspaceId, { opportunityId: card.id, contactId: contact.id });
    const message = await makeMessage(db, workspaceId, { enrollmentId: enrollment.id, toAddress: email });
    return { contact, card, enrollment, message };
  }
  type Work = Awaited<ReturnType<typeof writtenTo>>;
  const statesOf = async ({ card, enrollment, message }: Work) => [
    await stateOf('messages', message.id),
    await stateOf('enrollments', enrollment.id),
    await stateOf('opportunities', card.id, 'stage'),
  ];
  const GOES_ON = ['scheduled', 'active', 'contacting'];
  const OPTED_OUT = ['cancelled', 'unsubscribed', 'do_not_contact'];

  describe('found', () => {
    it.each([
      ['the address itself', 'address', 'ada@tea.example', true],
      ['another address there', 'address', 'eve@tea.example', false],
      ['the domain', 'domain', 'tea.example', true],
      ['a domain above', 'domain', 'example.com', false],
    ] as const)('by %s', async (_, kind, value, expected) => {
      await add({ kind, value });

      expect((await find('ada@tea.example')) !== undefined).toBe(expected);
    });

    it('for every domain below a suppressed one, and none that only ends alike', async () => {
      await add({ kind: 'domain', value: 'tea.example' });

      expect(await find('ada@mail.london.tea.example')).toMatchObject({ kind: 'domain', reason: 'asked', source: 'one_click' });
      expect(await find('ada@green-tea.example')).toBeUndefined();
      expect(await find('tea.example@coffee.example')).toBeUndefined();
    });

    it('until it expires, by the clock of the product', async () => {
      await add({ value: 'ada@tea.example', expiresAt: new Date(TEST_START.getTime() + DAY_MS) });

      expect(await find('ada@tea.example')).toBeDefined();
      test.clock.advance(DAY_MS);
      expect(await find('ada@tea.example')).toBeUndefined();
    });

    it('for its project only', async () => {
      const [ours, theirs] = [await makeProject(db, workspaceId), await makeProject(db, workspaceId)];
      await add({ value: 'ada@tea.example', projectId: ours.id });

      expect(await find('ada@tea.example', ours.id)).toBeDefined();
      expect(await find('ada@tea.example', theirs.id)).toBeUndefined();
      expect(await find('ada@tea.example')).toBeUndefined();
    });

    it('in its workspace only', async () => {
      await add({ value: 'ada@tea.example' });
      const { workspaceId: other } = await test.makeWorkspace();

      expect(await suppressions.find(db.manager, other, { emailKey: 'ada@tea.example' })).toBeUndefined();
    });

    it('for many addresses in one look', async () => {
      await add({ value: 'ada@tea.example' });
      await add({ kind: 'domain', value: 'coffee.example' });

      const found = await suppressions.findAll(db.manager, workspaceId, { emailKeys: ['ada@tea.example', 'eve@tea.example', 'x@eu.coffee.example'] });

      expect([...found.keys()]).toEqual(['ada@tea.example', 'x@eu.coffee.example']);
    });
  });

  describe('stops', () => {
    it('what is under way to the address, and nobody else', async () => {
      const [ada, eve] = [await writtenTo('ada@tea.example'), await writtenTo('eve@tea.example')];

      const { suppression } = await add({ value: 'Ada@tea.example' });

      expect(await statesOf(ada)).toEqual(OPTED_OUT);
      expect(await statesOf(eve)).toEqual(GOES_ON);
      expect(await suppressedEvents()).toEqual([
        {
          project_id: null,
          object: {
            type: 'contact',
            id: ada.contact.id,
            contactId: ada.contact.id,
            suppressionId: suppression.id,
            kind: 'address',
            source: 'one_click',
          },
        },
      ]);
    });

    it('everybody at a domain and below it, and with them their sites', async () => {
      const [ada, eve, sam] = [await writtenTo('ada@tea.example'), await writtenTo('eve@eu.tea.example'), await writtenTo('sam@green-tea.example')];

      await add({ kind: 'domain', value: 'tea.example', source: 'person' });

      expect(await statesOf(ada)).toEqual(OPTED_OUT);
      expect(await statesOf(eve)).toEqual(OPTED_OUT);
      expect(await statesOf(sam)).toEqual(GOES_ON);
      expect(await suppressedEvents()).toHaveLength(2);
    });

    it.each([
      ['person', OPTED_OUT],
      ['one_click', OPTED_OUT],
      ['reply', OPTED_OUT],
      ['complaint', OPTED_OUT],
      ['import', OPTED_OUT],
      // these have events of their own, bounced_hard and contact_erased
      ['bounce', GOES_ON],
      ['erasure', GOES_ON],
    ] as const)('when the source is %s: %j', async (source, expected) => {
      const ada = await writtenTo('ada@tea.example');

      await add({ value: 'ada@tea.example', source });

      expect(await statesOf(ada)).toEqual(expected);
    });

    it('by an opt-out after a bounce, whose place it takes', async () => {
      const ada = await writtenTo('ada@tea.example');
      const bounce = await add({ value: 'ada@tea.example', source: 'bounce', reason: '5.1.1' });

      const optOut = await add({ value: 'ada@tea.example', source: 'one_click', reason: 'unsubscribed' });

      expect(optOut).toMatchObject({ created: false, suppression: { id: bounce.suppression.id, source: 'one_click', reason: 'unsubscribed' } });
      expect(await statesOf(ada)).toEqual(OPTED_OUT);
      expect((await add({ value: 'ada@tea.example', source: 'bounce' })).suppression.source).toBe('one_click');
    });

    it('only the sequences of its project', async () => {
      const ada = await writtenTo('ada@tea.example');
      const elsewhere = await makeEnrollment(db, workspaceId, {
        contactId: ada.contact.id,
        opportunityId: (await makeOpportunity(db, workspaceId, { stage: 'contacting' })).id,
      });
      const ended = await makeEnrollment(db, workspaceId, { contactId: ada.contact.id, state: 'finished' });

      await add({ value: 'ada@tea.example', projectId: ada.card.projectId });

      expect(await statesOf(ada)).toEqual(['cancelled', 'stopped', 'contacting']);
      expect(await stateOf('enrollments', elsewhere.id)).toBe('active');
      expect(await stateOf('enrollments', ended.id)).toBe('finished');
    });

    it('a live deal never: its card is only marked', async () => {
      const ada = await writtenTo('ada@tea.example');
      await db.query(`UPDATE opportunities SET stage = 'awaiting_live' WHERE workspace_id = $1 AND id = $2`, [workspaceId, ada.card.id]);

      await add({ value: 'ada@tea.example' });

      expect(await statesOf(ada)).toEqual(['cancelled', 'unsubscribed', 'awaiting_live']);
      expect(await stateOf('opportunities', ada.card.id, 'contact_blocked')).toBe(true);
    });

    it('once, however many say it at once', async () => {
      const ada = await writtenTo('ada@tea.example');

      const added = await Promise.all(Array.from({ length: 10 }, () => add({ value: 'ada@tea.example' })));

      expect(added.filter(({ created }) => created)).toHaveLength(1);
      expect(await suppressedEvents()).toHaveLength(1);
      expect(await statesOf(ada)).toEqual(OPTED_OUT);
      const moves = await db.query('SELECT FROM state_changes WHERE workspace_id = $1 AND subject_id = $2', [workspaceId, ada.enrollment.id]);
      expect(moves).toHaveLength(1);
    });

    it('nobody of another workspace', async () => {
      const ada = await writtenTo('ada@tea.example');
      const { workspaceId: other } = await test.makeWorkspace();

      await transact(db, (tx) =>
        suppressions.add(tx, systemActor(other), { kind: 'domain', value: 'tea.example', reason: 'theirs', source: 'person' }),
      );

      expect(await statesOf(ada)).toEqual(GOES_ON);
    });
  });

  it('tells of a suppression that concerns nobody yet, without an address', async () => {
    const { suppression } = await add({ value: 'nobody@tea.example' });

    expect(await suppressedEvents()).toEqual([
      { project_id: null, object: { type: 'suppression', id: suppression.id, suppressionId: suppression.id, kind: 'address', source: 'one_click' } },
    ]);
  });
});
