import { newId } from '../../src/platform/ids.js';
import { makeTemplate } from '../support/factories.js';
import { type Caller, createTestApp, type TestApp } from '../support/test-app.js';

const AT_ONCE = { value: 0, unit: 'minutes' };
const THREE_DAYS = { value: 3, unit: 'businessDays' };

describe('sequences', () => {
  let test: TestApp;
  let api: Caller;
  let other: Caller;
  let otherWorkspaceId: string;
  let templateId: string;

  beforeAll(async () => {
    test = await createTestApp();
    api = test.as(test.owner.key);
    const owner = await test.makeWorkspace();
    other = test.as(owner.key);
    otherWorkspaceId = owner.workspaceId;
    templateId = (await makeTemplate(test.db, test.owner.workspaceId)).id;
  });

  afterAll(() => test.close());

  const mail = (over: object = {}) => ({ templateId, delay: AT_ONCE, ...over });
  const sequence = async (steps: object[] = [mail(), mail({ delay: THREE_DAYS })]) =>
    (await api.post('/sequences', { name: 'Two mails', steps }).expect(201)).body;

  it('give each step a key', async () => {
    const made = await sequence([
      mail(),
      mail({ kind: 'review', delay: THREE_DAYS }),
      { kind: 'task', title: 'Call them', delay: { value: 4, unit: 'hours' } },
    ]);

    expect(made).toMatchObject({ version: 1, name: 'Two mails', versionNumber: 1 });
    expect(made.steps).toEqual([
      { key: 's1', kind: 'mail', templateId, title: null, delay: AT_ONCE, conditions: [], thread: 'reply', variants: [] },
      { key: 's2', kind: 'review', templateId, title: null, delay: THREE_DAYS, conditions: [], thread: 'reply', variants: [] },
      {
        key: 's3',
        kind: 'task',
        templateId: null,
        title: 'Call them',
        delay: { value: 4, unit: 'hours' },
        conditions: [],
        thread: null,
        variants: [],
      },
    ]);
    const read = await api.get(`/sequences/${made.id}`).expect(200);
    expect(read.body).toEqual(made);
    expect(read.headers['etag']).toBe('"1"');
  });

  it('know a template whatever the case of its id', async () => {
    const { steps } = await sequence([mail({ templateId: templateId.toUpperCase() })]);

    expect(steps[0].templateId).toBe(templateId);
  });

  it.each([
    ['no step', { steps: [] }, '/steps'],
    ['21 steps', { steps: Array.from({ length: 21 }, () => ({ templateId: newId(), delay: AT_ONCE })) }, '/steps'],
    ['a list for a delay', { steps: [{ templateId: newId(), delay: [] }] }, '/steps/0/delay'],
    ['a list for a step', { steps: [[]] }, '/steps'],
    ['a step without delay', { steps: [{ templateId: newId() }] }, '/steps/0/delay'],
    ['a negative delay', { steps: [{ templateId: newId(), delay: { value: -1, unit: 'hours' } }] }, '/steps/0/delay/value'],
    ['an unknown unit', { steps: [{ templateId: newId(), delay: { value: 1, unit: 'weeks' } }] }, '/steps/0/delay/unit'],
    ['an unknown kind', { steps: [{ kind: 'fax', delay: AT_ONCE }] }, '/steps/0/kind'],
    ['a key of its own', { steps: [{ key: 's1', templateId: newId(), delay: AT_ONCE }] }, '/steps/0/key'],
    [
      'a condition on the weather',
      { steps: [{ templateId: newId(), delay: AT_ONCE, conditions: [{ fact: 'rain' }] }] },
      '/steps/0/conditions/0/fact',
    ],
    [
      'conditions deeper than three levels',
      { steps: [{ templateId: newId(), delay: AT_ONCE, conditions: [{ all: [{ any: [{ all: [{ fact: 'replied' }] }] }] }] }] },
      '/steps/0/conditions/0/all/0/any/0/all',
    ],
    ['a thread of another kind', { steps: [{ templateId: newId(), delay: AT_ONCE, thread: 'all' }] }, '/steps/0/thread'],
    ['no name', { name: '', steps: [{ templateId: newId(), delay: AT_ONCE }] }, '/name'],
  ])('refuse %s with 400', async (_, body, pointer) => {
    const response = await api.post('/sequences', { name: 'Bad', ...body }).expect(400);

    expect(response.body.errors[0].pointer).toBe(pointer);
  });

  it.each([
    ['a mail without template', { delay: AT_ONCE }, 'step_needs_template', '/steps/1/templateId'],
    ['a review without template', { kind: 'review', templateId: null, delay: AT_ONCE }, 'step_needs_template', '/steps/1/templateId'],
    ['a task without title', { kind: 'task', delay: AT_ONCE }, 'step_needs_title', '/steps/1/title'],
    ['a delay of years', { kind: 'task', title: 'x', delay: { value: 261, unit: 'businessDays' } }, 'delay_too_long', '/steps/1/delay/value'],
  ])('refuse %s with 422', async (_, step, code, pointer) => {
    const { body } = await api.post('/sequences', { name: 'Bad', steps: [mail(), step] }).expect(422);

    expect(body).toMatchObject({ code, errors: [{ pointer }] });
  });

  it('keep conditions and the choice of thread as they were given', async () => {
    const conditions = [
      { fact: 'replied', is: false },
      {
        any: [
          { fact: 'stage', values: ['contacting', 'engaged'] },
          {
            all: [
              { fact: 'tag', values: ['tea'] },
              { fact: 'field', field: 'contact.role' },
            ],
          },
        ],
      },
    ];

    const { steps } = await sequence([mail(), mail({ conditions, thread: 'new' })]);

    expect(steps[1]).toMatchObject({
      thread: 'new',
      conditions: [
        { fact: 'replied', is: false },
        {
          any: [
            { fact: 'stage', is: true, values: ['contacting', 'engaged'] },
            {
              all: [
                { fact: 'tag', is: true, values: ['tea'] },
                { fact: 'field', is: true, field: 'contact.role' },
              ],
            },
          ],
        },
      ],
    });
  });

  it.each([
    ['nothing', {}, ''],
    ['two things at once', { fact: 'replied', any: [{ fact: 'bounced' }] }, ''],
    ['a group with a value', { any: [{ fact: 'bounced' }], values: ['x'] }, '/values'],
    ['a field that is not named', { fact: 'field', values: ['x'] }, '/field'],
    ['a field of a fact that has none', { fact: 'replied', field: 'contact.role' }, '/field'],
    ['a tag that is not named', { fact: 'tag' }, '/values'],
    ['values of a fact that has none', { fact: 'bounced', values: ['x'] }, '/values'],
    ['a stage that does not exist', { any: [{ fact: 'stage', values: ['ready', 'happy'] }] }, '/any/0/values/1'],
  ])('refuse a condition that asks %s', async (_, condition, place) => {
    const { body } = await api.post('/sequences', { name: 'Bad', steps: [mail(), mail({ conditions: [condition] })] }).expect(422);

    expect(body).toMatchObject({ code: 'invalid_condition', errors: [{ pointer: `/steps/1/conditions/0${place}` }] });
  });

  it('answer 404 for a template of nobody or of another workspace', async () => {
    const theirs = (await makeTemplate(test.db, otherWorkspaceId)).id;
    const { id } = await sequence();

    for (const unknown of [newId(), theirs]) {
      const made = await api.post('/sequences', { name: 'Bad', steps: [mail(), mail({ templateId: unknown })] }).expect(404);
      const changed = await api.patch(`/sequences/${id}`, { steps: [mail({ templateId: unknown })] }, '*').expect(404);
      expect(made.body.errors[0].pointer).toBe('/steps/1/templateId');
      expect(changed.body.errors[0].pointer).toBe('/steps/0/templateId');
    }
    expect((await api.get(`/sequences/${id}`)).body.version).toBe(1);
  });

  it('keep the keys of steps that stay and never give one twice', async () => {
    const { id, currentVersionId } = await sequence();

    const second = await api.patch(`/sequences/${id}`, { steps: [mail(), mail({ key: 's2' })] }, '"1"').expect(200);
    const third = await api.patch(`/sequences/${id}`, { name: 'Renamed', steps: [mail({ key: 's3' }), mail()] }, '"2"').expect(200);
    const renamed = await api.patch(`/sequences/${id}`, { name: 'Again' }, '"3"').expect(200);

    const keys = (response: { body: { steps: { key: string }[] } }) => response.body.steps.map(({ key }) => key);
    expect(keys(second)).toEqual(['s3', 's2']);
    expect(keys(third)).toEqual(['s3', 's4']);
    expect(renamed.body).toMatchObject({ version: 4, name: 'Again', versionNumber: 3, currentVersionId: third.body.currentVersionId });
    expect(third.body.currentVersionId).not.toBe(currentVersionId);
  });

  it.each([
    ['unknown_step_key', [{ key: 's9' }], '/steps/0/key'],
    ['duplicate_step_key', [{ key: 's1' }, { key: 's1' }], '/steps/1/key'],
  ])('refuse keys that are not theirs: %s', async (code, keys, pointer) => {
    const { id } = await sequence();

    const { body } = await api.patch(`/sequences/${id}`, { steps: keys.map((key) => mail(key)) }, '*').expect(422);

    expect(body).toMatchObject({ code, errors: [{ pointer }] });
  });

  it('change for the version that was seen', async () => {
    const { id } = await sequence();

    await api.patch(`/sequences/${id}`, { name: 'Blind' }).expect(428);
    await api.patch(`/sequences/${id}`, { name: 'Late' }, '"7"').expect(412);
    await api.patch(`/sequences/${id}`, { name: null }, '*').expect(400);
    await api.patch(`/sequences/${id}`, { steps: null }, '*').expect(400);
  });

  it('let one of two changes at once win, with one new version', async () => {
    const { id } = await sequence();
    const change = () => api.patch(`/sequences/${id}`, { steps: [mail(), mail()] }, '"1"');

    const answers = await Promise.all([change(), change(), change()]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
    expect((await api.get(`/sequences/${id}`)).body).toMatchObject({ version: 2, versionNumber: 2 });
  });

  it('give all changes at once keys of their own when any version will do', async () => {
    const { id } = await sequence();
    const change = () => api.patch(`/sequences/${id}`, { steps: [mail()] }, '*').expect(200);

    const answers = await Promise.all([change(), change(), change()]);

    expect(answers.map(({ body }) => body.version).length).toBe(3);
    expect((await api.get(`/sequences/${id}`)).body).toMatchObject({ version: 4, versionNumber: 4, steps: [{ key: 's5' }] });
  });

  it('are invisible to other workspaces', async () => {
    const { id } = await sequence();

    await other.get(`/sequences/${id}`).expect(404);
    await other.patch(`/sequences/${id}`, { name: 'Stolen' }, '*').expect(404);
    expect((await other.get('/sequences').expect(200)).body).toEqual({ data: [], hasMore: false, nextCursor: null });
  });

  it('are read by viewers and written by members', async () => {
    const viewer = test.as(await test.makeKey('viewer'));

    await viewer.get('/sequences?limit=1').expect(200);
    await viewer.post('/sequences', { name: 'No', steps: [mail()] }).expect(403);
    await test
      .as(await test.makeKey('member'))
      .post('/sequences', { name: 'Yes', steps: [mail()] })
      .expect(201);
  });
});
