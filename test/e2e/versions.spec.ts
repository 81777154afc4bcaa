import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '../../src/platform/ids.js';
import { makeBacklink, makeEnrollment, makeMessage, makePitch, makeTargetPage } from '../support/factories.js';
import { createTestApp, makeMember, TEST_PASSWORD, type TestApp } from '../support/test-app.js';

const METHODS = ['post', 'patch', 'delete'] as const;
type Method = (typeof METHODS)[number];
interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
}
const contract = JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8')) as {
  paths: Record<string, Partial<Record<Method, { parameters?: readonly { name: string; required?: boolean }[] }>>>;
  components: { schemas: Record<string, Schema> };
};
/** api.md, "Writes". */
const MOVING = /\/(?:moves|start|pause|resume|resolve|cancel)$/;

/** Removes many things at once, which have no version together. */
const UNVERSIONED_ROUTES = ['delete /api/v1/auth/sessions'];
/** Of a person at the screen. */
const BY_SESSION = /^\/auth\//;

const ROUTES = Object.entries(contract.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method] && (method !== 'post' || MOVING.test(path)) && !UNVERSIONED_ROUTES.includes(`${method} ${path}`)).map(
    (method) => ({
      method,
      path: path.replace('/api/v1', ''),
      parameters: item[method]?.parameters ?? [],
    }),
  ),
);

/** Bodies and queries that are right, so that nothing but the version can be wrong. What a PATCH changes may all be left out. */
const BODIES: Readonly<Record<string, object>> = {
  '/opportunities/{id}/moves': { to: 'declined', reason: 'because' },
  '/enrollments/{id}/moves': { to: 'stopped' },
  '/messages/{id}/resolve': { outcome: 'abandon', reason: 'because' },
  '/pitches/{id}/moves': { to: 'withdrawn' },
  '/backlinks/{id}/moves': { to: 'closed' },
  '/notes/{id}': { text: 'They like tea' },
  '/auth/me': { name: 'Ann' },
};
const QUERIES: Readonly<Record<string, object>> = { '/suppressions/{id}': { reason: 'because' } };

/** Things with an id and no version, with the reason. */
const UNVERSIONED: Readonly<Record<string, string>> = {
  MessageTemplate: 'which version of a template a mail was written from, and it stays that',
  AgreementSummary: 'part of an opportunity',
  AgreementItemResponse: 'part of an agreement',
  TopicResponse: 'part of a pitch',
  MeUser: 'part of an answer about the caller',
  MeWorkspace: 'part of an answer about the caller',
  DraftResponse: 'never changes',
  DraftSummary: 'never changes',
  CheckResponse: 'never changes',
  CheckDetailResponse: 'never changes',
  TimelineEntry: 'never changes',
  EventResponse: 'never changes',
  InboundResponse: 'never changes',
  ThreadResponse: 'a view of messages, which have versions',
  ThreadSummary: 'a view of messages, which have versions',
  TemplateVersionResponse: 'never changes',
  AuditEntryResponse: 'never changes',
  OpenItemResponse: 'a pointer to a thing that has one',
};

describe('versions', () => {
  let t: TestApp;
  let ids: Readonly<Record<string, string>>;
  let cookie: string[] = [];

  beforeAll(async () => {
    t = await createTestApp();
    ids = await oneOfEach();
  });

  afterAll(() => t.close());

  /** An id for every word of a path that stands before a parameter. */
  async function oneOfEach(): Promise<Record<string, string>> {
    const { workspaceId: at, key } = t.owner;
    const api = t.as(key);
    const idOf = async (path: string, body: object, status = 201): Promise<string> => (await api.post(path, body).expect(status)).body.id as string;
    const targetPage = await makeTargetPage(t.db, at);
    const enrollment = await makeEnrollment(t.db, at);
    const message = await makeMessage(t.db, at, { enrollmentId: enrollment.id, state: 'delivery_unknown' });
    const pitch = await makePitch(t.db, at, { opportunityId: enrollment.opportunityId });
    const backlink = await makeBacklink(t.db, at, { opportunityId: enrollment.opportunityId, state: 'needs_review' });
    const [row] = await t.db.query<Record<'campaigns' | 'prospects' | 'contacts' | 'templates' | 'sequences' | 'mailboxes', string>[]>(
      `SELECT campaign_id AS campaigns, prospect_id AS prospects, contact_id AS contacts, (SELECT id FROM templates WHERE workspace_id = $1 LIMIT 1) AS templates,
              (SELECT id FROM sequences WHERE workspace_id = $1 LIMIT 1) AS sequences, (SELECT id FROM mailboxes WHERE workspace_id = $1 LIMIT 1) AS mailboxes
         FROM enrollments WHERE workspace_id = $1 AND id = $2`,
      [at, enrollment.id],
    );
    const task = newId();
    await t.db.query(
      `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, due_at, created_at) VALUES ($1, $2, 'answer_reply', 'opportunity', $3, now(), now())`,
      [at, task, enrollment.opportunityId],
    );
    const note = await idOf('/notes', { opportunityId: enrollment.opportunityId, text: 'They like tea' });
    const login = await t.request().post('/api/v1/auth/login').send({ email: t.owner.email, password: TEST_PASSWORD }).expect(200);
    cookie = login.get('Set-Cookie') ?? [];
    const [session] = await t.db.query<{ id: string }[]>('SELECT id FROM sessions WHERE workspace_id = $1', [at]);
    const job = (
      await api
        .post('/prospects/bulk', { items: [{ url: 'https://far.example/' }] })
        .set('prefer', 'respond-async')
        .expect(202)
    ).body.id as string;
    return {
      ...row,
      ...{ projects: targetPage.projectId, 'target-pages': targetPage.id, opportunities: enrollment.opportunityId, enrollments: enrollment.id },
      ...{ messages: message.id, pitches: pitch.id, backlinks: backlink.id, tasks: task, notes: note, jobs: job },
      members: (await makeMember(t.db, at, 'member')).memberId,
      invitations: await idOf('/invitations', { email: 'ann@far.example', role: 'viewer' }),
      sessions: session?.id ?? '',
      suppressions: await idOf('/suppressions', { kind: 'address', value: 'x@far.example', reason: 'asked' }),
      'api-keys': await idOf('/api-keys', { name: 'spare', scopes: ['prospects:read'] }),
      'webhook-endpoints': await idOf('/webhook-endpoints', { url: 'http://127.0.0.1:9/hooks', eventTypes: ['*'] }),
    };
  }

  const call = ({ method, path }: { method: Method; path: string }, ifMatch?: string) => {
    const filled = path.replaceAll(/([a-z-]+)\/\{\w+\}/g, (_, word: string) => `${word}/${ids[word] ?? newId()}`);
    const request = t
      .request()
      [method](`/api/v1${filled}`)
      .query(QUERIES[path] ?? {});
    if (BY_SESSION.test(path)) request.set('Cookie', cookie);
    else request.set('authorization', `Bearer ${t.owner.key}`);
    return (ifMatch === undefined ? request : request.set('if-match', ifMatch)).send(BODIES[path] ?? {});
  };

  it('are asked for by every change, move and removal of the contract', () => {
    const without = ROUTES.filter(({ parameters }) => !parameters.some(({ name, required }) => name === 'If-Match' && required === true));

    expect(without.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(ROUTES.length).toBeGreaterThan(25);
  });

  it('are required: absent 428, no tag of ours 400, an old one 412, and nothing changes', async () => {
    const wrong: string[] = [];
    for (const route of ROUTES) {
      const answers = [await call(route), await call(route, '7'), await call(route, '"999"')];
      const codes = answers.map(({ status, body }) => `${status} ${String(body.code)}`);
      if (codes.join() !== '428 precondition_required,400 invalid_if_match,412 version_mismatch')
        wrong.push(`${route.method} ${route.path}: ${codes.join()}`);
    }

    expect(wrong).toEqual([]);
  });

  it('may be any, with a star', async () => {
    const task = { method: 'patch', path: '/tasks/{id}' } as const;

    await call(task, '*').expect(200);
    await call({ method: 'delete', path: '/suppressions/{id}' }, '*').expect((response) => {
      expect([200, 204]).toContain(response.status);
    });
  });

  it('stand in every body that has an id, list items too', () => {
    const without = Object.entries(contract.components.schemas).filter(([name, { properties = {} }]) => {
      const partOfBulk = 'index' in properties || name.endsWith('Item') || name.endsWith('Request');
      return 'id' in properties && !('version' in properties) && !partOfBulk;
    });

    expect(without.map(([name]) => name).filter((name) => !(name in UNVERSIONED))).toEqual([]);
  });

  it('spare an answer that the caller has already, where the version tells all', async () => {
    const project = `/projects/${ids['projects'] ?? ''}`;
    const read = (path: string, tag: string) => t.as(t.owner.key).get(path).set('if-none-match', tag);

    const same = await read(project, '"1"').expect(304);
    await read(project, 'W/"9", W/"1"').expect(304);
    await read(project, '*').expect(304);
    const other = await read(project, '"2"').expect(200);
    const checked = await read(`/backlinks/${ids['backlinks'] ?? ''}`, '*').expect(200);

    expect([same.text, same.headers['etag']]).toEqual(['', '"1"']);
    expect(other.body.version).toBe(1);
    expect(checked.body.id).toBe(ids['backlinks']); // its checks change without its version
  });
});
