import { newId } from '../../src/platform/ids.js';
import { createTestApp, type Caller, type TestApp, TEST_START } from '../support/test-app.js';
import { makeBacklink, makeEnrollment, makeMessage, makeOpportunity } from '../support/factories.js';

const idsOf = (list: { readonly body: { readonly data: readonly { readonly id: string }[] } }) => list.body.data.map((row) => row.id);

describe('prospects and contacts', () => {
  let test: TestApp;
  let api: Caller;
  let other: Caller;

  beforeAll(async () => {
    test = await createTestApp();
    api = test.as(test.owner.key);
    other = test.as((await test.makeWorkspace()).key);
  });

  afterAll(() => test.close());

  const prospect = async (url: string, body: object = {}) => (await api.post('/prospects', { url, ...body }).expect(201)).body;
  const eventsOf = (type: string, id: string) =>
    test.db.query(`SELECT data FROM events WHERE workspace_id = $1 AND type = $2 AND data -> 'object' ->> 'id' = $3`, [
      test.owner.workspaceId,
      type,
      id,
    ]);

  describe('a site', () => {
    it('is one registrable domain, and its first words about itself stay', async () => {
      const first = await prospect('https://blog.example.co.uk/post', { name: 'Blog', tags: ['tea'], externalRef: 'p-1', country: 'GB' });

      const again = await api.post('/prospects', { url: 'https://www.example.co.uk/', name: 'Other', tags: ['x'], externalRef: 'p-2' }).expect(200);

      expect(first).toMatchObject({
        version: 1,
        domain: 'example.co.uk',
        name: 'Blog',
        tags: ['tea'],
        externalRef: 'p-1',
        country: 'GB',
        condition: 'ok',
      });
      expect(again.body).toEqual(first);
      expect(await eventsOf('prospect.created', first.id)).toEqual([
        { data: { object: { type: 'prospect', id: first.id, domain: 'example.co.uk' }, externalRef: 'p-1' } },
      ]);
    });

    it('is a site of its own below a private suffix', async () => {
      const [a, b] = [await prospect('https://a.github.io/x'), await prospect('https://b.github.io/')];

      expect([a.domain, b.domain]).toEqual(['a.github.io', 'b.github.io']);
    });

    it('is the same in letters and in punycode', async () => {
      const letters = await prospect('https://www.müller.de/');

      const punycode = await api.post('/prospects', { url: 'https://xn--mller-kva.de/kontakt' }).expect(200);

      expect(letters.domain).toBe('xn--mller-kva.de');
      expect(punycode.body.id).toBe(letters.id);
      const found = await api.get(`/prospects?filter[domain]=${encodeURIComponent('müller.de')}`).expect(200);
      expect(idsOf(found)).toEqual([letters.id]);
    });

    it('may lie on an inner host that the settings open', async () => {
      expect((await prospect('http://127.0.0.1:9090/blog')).domain).toBe('127.0.0.1:9090');
    });

    it.each([
      ['http://192.168.0.1/', 'no_registrable_domain'],
      ['https://co.uk/', 'no_registrable_domain'],
      ['mailto:editor@tea.example', 'url_not_accepted'],
      ['https://user@tea.example/', 'url_not_accepted'],
      ['nonsense', 'url_not_accepted'],
    ])('is not to be had from %s', async (url, code) => {
      const { body } = await api.post('/prospects', { url }).expect(422);

      expect(body).toMatchObject({ code, errors: [{ pointer: '/url' }] });
    });

    it.each([
      [{}, '/url'],
      [{ url: null }, '/url'],
      [{ url: 'https://tea.example/', name: 'x'.repeat(201) }, '/name'],
      [{ url: 'https://tea.example/', tags: 'tea' }, '/tags'],
      [{ url: 'https://tea.example/', tags: Array.from({ length: 51 }, (_, at) => `t${at}`) }, '/tags'],
      [{ url: 'https://tea.example/', tags: ['x'.repeat(61)] }, '/tags'],
      [{ url: 'https://tea.example/', country: 'de' }, '/country'],
      [{ url: 'https://tea.example/', name: 'nul \u0000' }, '/name'],
      [{ url: 'https://tea.example/', domain: 'tea.example' }, '/domain'],
    ])('refuses the body %j with 400', async (body, pointer) => {
      const response = await api.post('/prospects', body).expect(400);

      expect(response.body.errors[0].pointer).toBe(pointer);
    });

    it('is one row after 50 equal requests at once, externalRef included', async () => {
      const body = { url: 'https://race.example/', externalRef: 'race' };

      const answers = await Promise.all(Array.from({ length: 50 }, () => api.post('/prospects', body)));

      expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(49).fill(200), 201]);
      const [id, ...others] = new Set(answers.map((answer) => answer.body.id as string));
      expect(others).toEqual([]);
      expect(await eventsOf('prospect.created', id ?? '')).toHaveLength(1);
    });

    it('does not take the externalRef of another one', async () => {
      await prospect('https://ref-one.example/', { externalRef: 'ref' });
      const two = await prospect('https://ref-two.example/');

      const made = await api.post('/prospects', { url: 'https://ref-three.example/', externalRef: 'ref' }).expect(409);
      const changed = await api.patch(`/prospects/${two.id}`, { externalRef: 'ref' }, '*').expect(409);

      expect([made.body.code, changed.body.code]).toEqual(['external_ref_taken', 'external_ref_taken']);
    });

    it('is changed for the version that was seen', async () => {
      const { id } = await prospect('https://change.example/', { name: 'Old', tags: ['a'] });

      const { body } = await api.patch(`/prospects/${id}`, { name: null, tags: ['b', 'c'] }, '"1"').expect(200);

      expect(body).toMatchObject({ version: 2, name: null, tags: ['b', 'c'] });
      await api.patch(`/prospects/${id}`, { name: 'Late' }, '"1"').expect(412);
      await api.patch(`/prospects/${id}`, { name: 'Blind' }).expect(428);
      await api.patch(`/prospects/${id}`, { tags: null }, '*').expect(400);
      await api.patch(`/prospects/${newId()}`, { name: 'Nobody' }, '*').expect(404);
    });

    it('is found by tag, reference and the beginning of its name or domain', async () => {
      const { id } = await prospect('https://findable.example/', { name: '100% Oolong_Fans', tags: ['oolong', 'fans'], externalRef: 'find-me' });
      const ids = async (query: string) => idsOf(await api.get(`/prospects?${query}`).expect(200));

      expect(await ids('filter[tag]=oolong')).toEqual([id]);
      expect(await ids('filter[externalRef]=find-me,other')).toEqual([id]);
      expect(await ids('q=FINDABLE')).toEqual([id]);
      expect(await ids(`q=${encodeURIComponent('100% oo')}`)).toEqual([id]);
      expect(await ids(`q=${encodeURIComponent('1_0%')}`)).toEqual([]);
      await api.get('/prospects?filter[colour]=green').expect(400);
      await api.get('/prospects?sort=tags').expect(400);
    });
  });

  describe('a contact', () => {
    const add = (prospectId: string, body: object) => api.post(`/prospects/${prospectId}/contacts`, body);

    it('is one person at many sites, known by the normalised address', async () => {
      const [one, two] = [await prospect('https://ten-blogs-1.example/'), await prospect('https://ten-blogs-2.example/')];
      const details = { firstName: 'Ada', role: 'editor', timeZone: 'Europe/Berlin', country: 'DE', lawfulBasis: 'legitimate_interest' };

      const first = await add(one.id, { email: 'Ada@Bücher.example', ...details, sourceUrl: 'https://ten-blogs-1.example/about' }).expect(201);
      const again = await add(two.id, { email: ' ada@xn--bcher-kva.example', firstName: 'Eve' }).expect(200);

      expect(first.body).toMatchObject({ ...details, version: 1, email: 'Ada@Bücher.example', prospectIds: [one.id], suppressed: false });
      expect(again.body).toEqual({ ...first.body, prospectIds: [one.id, two.id] });
      for (const site of [one, two]) {
        const { body } = await api.get(`/prospects/${site.id}/contacts`).expect(200);
        expect(body.data).toEqual([again.body]);
      }
      const found = await api.get(`/contacts?filter[email]=${encodeURIComponent('ADA@bücher.example')}`).expect(200);
      expect(found.body.data).toEqual([again.body]);
      expect((await api.get(`/contacts?filter[prospectId]=${two.id}`).expect(200)).body.data).toEqual([again.body]);
    });

    it('is one row after 50 equal requests at once', async () => {
      const { id } = await prospect('https://contact-race.example/');

      const answers = await Promise.all(Array.from({ length: 50 }, () => add(id, { email: 'race@contact-race.example', externalRef: 'c-race' })));

      expect(answers.map((answer) => answer.status).sort()).toEqual([...Array<number>(49).fill(200), 201]);
      expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    });

    it('shows that it is suppressed, by address or by domain', async () => {
      const { id } = await prospect('https://quiet.example/');
      await api.post('/suppressions', { kind: 'domain', value: 'quiet.example', reason: 'asked' }).expect(201);

      const made = await add(id, { email: 'editor@mail.quiet.example' }).expect(201);

      expect(made.body.suppressed).toBe(true);
      expect((await api.get(`/contacts/${made.body.id}`).expect(200)).body.suppressed).toBe(true);
    });

    it('stays erased', async () => {
      const { id } = await prospect('https://erased.example/');
      const contact = (await add(id, { email: 'gone@erased.example', firstName: 'Ada' }).expect(201)).body;
      await test.db.query('UPDATE contacts SET first_name = NULL, erased_at = $3 WHERE workspace_id = $1 AND id = $2', [
        test.owner.workspaceId,
        contact.id,
        TEST_START,
      ]);
      await test.db.query('DELETE FROM prospect_contacts WHERE workspace_id = $1 AND contact_id = $2', [test.owner.workspaceId, contact.id]);

      const again = await add(id, { email: 'gone@erased.example', firstName: 'Ada' }).expect(200);

      expect(again.body).toMatchObject({ id: contact.id, firstName: null, prospectIds: [], erasedAt: TEST_START.toISOString() });
      const refused = await api.patch(`/contacts/${contact.id}`, { firstName: 'Ada' }, '*').expect(409);
      expect(refused.body.code).toBe('contact_erased');
    });

    it.each([
      [{ email: 'no address' }, 422, '/email'],
      [{ email: 'a@b@c.example' }, 422, '/email'],
      [{ email: 'a@localhost' }, 422, '/email'],
      [{ email: 'a@b.example\r\nBcc: x@y.example' }, 422, '/email'],
      [{}, 400, '/email'],
      [{ email: 7 }, 400, '/email'],
      [{ email: `${'x'.repeat(250)}@tea.example` }, 400, '/email'],
      [{ email: 'a@tea.example', timeZone: 'Mars/Olympus' }, 400, '/timeZone'],
      [{ email: 'a@tea.example', lawfulBasis: 'because' }, 400, '/lawfulBasis'],
      [{ email: 'a@tea.example', firstName: 'x'.repeat(101) }, 400, '/firstName'],
      [{ email: 'a@tea.example', name: 'Ada' }, 400, '/name'],
    ])('refuses %j with %i', async (body, status, pointer) => {
      const site = await api.post('/prospects', { url: 'https://strict.example/' });

      const response = await add(site.body.id, body).expect(status);

      expect(response.body.errors[0].pointer).toBe(pointer);
    });

    it('is changed for the version that was seen', async () => {
      const { id } = await prospect('https://change-contact.example/');
      const contact = (await add(id, { email: 'ada@change-contact.example', firstName: 'Ada', role: 'editor' }).expect(201)).body;

      const { body } = await api.patch(`/contacts/${contact.id}`, { role: null, timeZone: 'Asia/Tokyo' }, '"1"').expect(200);

      expect(body).toMatchObject({ version: 2, firstName: 'Ada', role: null, timeZone: 'Asia/Tokyo' });
      await api.patch(`/contacts/${contact.id}`, { role: 'x' }, '"1"').expect(412);
      await api.patch(`/contacts/${contact.id}`, { role: 'x' }).expect(428);
      await api.patch(`/contacts/${contact.id}`, { email: 'new@tea.example' }, '*').expect(400);
    });
  });

  it('shows nothing to another workspace, which may know the same site itself', async () => {
    const ours = await prospect('https://both.example/');
    const contact = (await api.post(`/prospects/${ours.id}/contacts`, { email: 'ada@both.example' }).expect(201)).body;

    const theirs = await other.post('/prospects', { url: 'https://both.example/' }).expect(201);

    expect(theirs.body.id).not.toBe(ours.id);
    await other.get(`/prospects/${ours.id}`).expect(404);
    await other.patch(`/prospects/${ours.id}`, { name: 'Mine' }, '*').expect(404);
    await other.get(`/prospects/${ours.id}/contacts`).expect(404);
    await other.post(`/prospects/${ours.id}/contacts`, { email: 'eve@both.example' }).expect(404);
    await other.get(`/prospects/${ours.id}/timeline`).expect(404);
    await other.get(`/contacts/${contact.id}`).expect(404);
    await other.patch(`/contacts/${contact.id}`, { role: 'mine' }, '*').expect(404);
    expect((await other.get('/contacts').expect(200)).body.data).toEqual([]);
  });

  it('tells what happened at a site in one order, page by page, and nothing of other sites', async () => {
    const { db, owner } = test;
    const site = await prospect('https://history.example/');
    const opportunity = await makeOpportunity(db, owner.workspaceId, { prospectId: site.id });
    const enrollment = await makeEnrollment(db, owner.workspaceId, { opportunityId: opportunity.id });
    const message = await makeMessage(db, owner.workspaceId, { enrollmentId: enrollment.id, subject: 'A page' });
    const backlink = await makeBacklink(db, owner.workspaceId, { opportunityId: opportunity.id });
    const elsewhere = await makeOpportunity(db, owner.workspaceId);
    const at = (minute: number) => new Date(TEST_START.getTime() + minute * 60_000);
    const moved = (machine: string, subjectId: string, minute: number) =>
      db.query(
        `INSERT INTO state_changes (workspace_id, id, machine, subject_id, from_state, to_state, event_kind, event_id, via, at)
         VALUES ($1, $2, $3, $4, 'a', 'b', 'message_sent', $5, 'system', $6)`,
        [owner.workspaceId, newId(), machine, subjectId, newId(), at(minute)],
      );
    await moved('message', message.id, 1);
    await moved('opportunity', opportunity.id, 1);
    await moved('enrollment', enrollment.id, 2);
    await moved('backlink', backlink.id, 3);
    await moved('opportunity', elsewhere.id, 3);
    await db.query(
      `INSERT INTO notes (workspace_id, id, subject_type, subject_id, author_id, text, created_at) VALUES ($1, $2, 'prospect', $3, $4, 'Kind people', $5)`,
      [owner.workspaceId, newId(), site.id, owner.memberId, at(4)],
    );

    const entries: { kind: string; subjectType: string; id: string }[] = [];
    let after = '';
    do {
      const { body } = await api.get(`/prospects/${site.id}/timeline?limit=2${after && `&after=${after}`}`).expect(200);
      entries.push(...body.data);
      after = body.nextCursor;
    } while (after);

    expect(entries.map((entry) => `${entry.kind} ${entry.subjectType}`)).toEqual([
      'note prospect',
      'state_change backlink',
      'state_change enrollment',
      'state_change opportunity',
      'state_change message',
      'message message',
    ]);
    expect(entries[0]).toMatchObject({ text: 'Kind people', actorId: owner.memberId, at: at(4).toISOString() });
    const oldestFirst = (await api.get(`/prospects/${site.id}/timeline?sort=at`).expect(200)).body.data as { id: string }[];
    expect(oldestFirst.map(({ id }) => id).reverse()).toEqual(entries.map(({ id }) => id));
  });
});
