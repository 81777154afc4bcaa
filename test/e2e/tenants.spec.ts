import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newId } from '../../src/platform/ids.js';
import { makeBacklink, makeEnrollment, makeMessage, makePitch, makeTargetPage } from '../support/factories.js';
import { createTestApp, type TestApp, type TestOwner } from '../support/test-app.js';

const METHODS = ['get', 'post', 'patch', 'delete'] as const;
const contract = JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8')) as {
  paths: Record<string, Partial<Record<(typeof METHODS)[number], { requestBody?: unknown }>>>;
};

/** Bodies that are right, so that nothing but the id can be wrong. A new route with a body is not forgotten: without one here it answers 400. */
const BODIES: Readonly<Record<string, object | string>> = {
  'post /projects/{projectId}/target-pages': { url: 'https://tea.example/new' },
  'post /prospects/{id}/contacts': { email: 'someone@leaf.example' },
  'post /opportunities/{id}/moves': { to: 'declined', reason: 'because' },
  'post /opportunities/{id}/agreements': { via: 'direct', compensation: 'none', items: [{ targetUrl: 'https://tea.example/' }] },
  'post /enrollments/{id}/moves': { to: 'stopped' },
  'post /campaigns/{id}/prospects': { items: [{ url: 'https://leaf.example/', contacts: [], enroll: false }] },
  'post /messages/{id}/resolve': { outcome: 'abandon', reason: 'because' },
  'post /pitches/{id}/moves': { to: 'withdrawn' },
  'post /pitches/{pitchId}/drafts': { text: 'Once upon a time' },
  'post /backlinks/{id}/moves': { to: 'closed' },
  'post /backlinks/{id}/attestations': { outcome: 'live', note: 'seen', expiresAt: '2026-11-12T00:00:00Z' },
  'post /mailboxes/{id}/inbound': 'From: a@leaf.example\r\n\r\nHello',
  'post /threads/{id}/classify': { class: 'interested' },
  'post /webhook-endpoints/{id}/replay': { since: '2026-11-01T00:00:00Z' },
};

describe('a thing of another workspace', () => {
  let t: TestApp;
  let theirs: TestOwner;
  let ids: Readonly<Record<string, string>>;

  beforeAll(async () => {
    t = await createTestApp();
    theirs = await t.makeWorkspace();
    ids = await oneOfEach();
  });

  afterAll(() => t.close());

  /** An id of theirs for every first word of a path. */
  async function oneOfEach(): Promise<Record<string, string>> {
    const { workspaceId: at, key } = theirs;
    const targetPage = await makeTargetPage(t.db, at);
    const enrollment = await makeEnrollment(t.db, at);
    const message = await makeMessage(t.db, at, { enrollmentId: enrollment.id });
    const pitch = await makePitch(t.db, at, { opportunityId: enrollment.opportunityId });
    const backlink = await makeBacklink(t.db, at, { opportunityId: enrollment.opportunityId, state: 'needs_review' });
    const endpoint = (
      await t
        .as(key)
        .post('/webhook-endpoints', { url: 'http://127.0.0.1:9/hooks', eventTypes: ['*'] })
        .expect(201)
    ).body.id as string;
    const [row] = await t.db.query<
      { template: string; sequence: string; prospect: string; contact: string; campaign: string; mailbox: string; thread: string }[]
    >(
      `SELECT (SELECT id FROM templates WHERE workspace_id = $1 LIMIT 1) AS template, (SELECT id FROM sequences WHERE workspace_id = $1 LIMIT 1) AS sequence,
              prospect_id AS prospect, contact_id AS contact, campaign_id AS campaign, (SELECT mailbox_id FROM messages WHERE workspace_id = $1 AND id = $3) AS mailbox,
              (SELECT thread_id FROM messages WHERE workspace_id = $1 AND id = $3) AS thread
         FROM enrollments WHERE workspace_id = $1 AND id = $2`,
      [at, enrollment.id, message.id],
    );
    const task = newId();
    await t.db.query(
      `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, due_at, created_at) VALUES ($1, $2, 'answer_reply', 'opportunity', $3, now(), now())`,
      [at, task, enrollment.opportunityId],
    );
    const draft = (await t.as(key).post(`/pitches/${pitch.id}/drafts`, { text: 'Once' }).expect(201)).body.id as string;
    const suppression = (await t.as(key).post('/suppressions', { kind: 'address', value: 'x@far.example', reason: 'asked' }).expect(201)).body
      .id as string;
    const delivery = (await t.as(key).post(`/webhook-endpoints/${endpoint}/test`).expect(202)).body.id as string;
    const apiKey = (await t.as(key).get('/api-keys').expect(200)).body.data[0].id as string;
    const job = (
      await t
        .as(key)
        .post('/prospects/bulk', { items: [{ url: 'https://far.example/' }] })
        .set('prefer', 'respond-async')
        .expect(202)
    ).body.id as string;
    if (!row) throw new Error('no enrollment');
    return {
      ...{ projects: targetPage.projectId, 'target-pages': targetPage.id, prospects: row.prospect, contacts: row.contact, templates: row.template },
      ...{
        sequences: row.sequence,
        mailboxes: row.mailbox,
        campaigns: row.campaign,
        opportunities: enrollment.opportunityId,
        enrollments: enrollment.id,
      },
      ...{
        messages: message.id,
        pitches: pitch.id,
        drafts: draft,
        backlinks: backlink.id,
        threads: row.thread,
        tasks: task,
        suppressions: suppression,
      },
      ...{ 'webhook-endpoints': endpoint, 'webhook-deliveries': delivery, 'api-keys': apiKey, jobs: job },
    };
  }

  /** The word before a parameter says what it is an id of. */
  function fill(path: string): string {
    return path.replaceAll(/([a-z-]+)\/\{\w+\}/g, (_, word: string) => `${word}/${ids[word] ?? `no-id-of-${word}`}`);
  }

  /** What every tenant table holds of theirs, as one line each. */
  async function everything(): Promise<object[]> {
    const tables = await t.db.query<{ name: string }[]>(
      `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'sessions' ORDER BY 1`,
    );
    return Promise.all(
      tables.map(async ({ name }) => {
        const shown = name === 'api_keys' ? `(to_jsonb(x) - 'last_used_at')::text` : 'x::text';
        const [row] = await t.db.query<object[]>(
          `SELECT $2::text AS name, md5(string_agg(${shown}, ',' ORDER BY ${shown})) AS rows FROM ${name} x WHERE x.workspace_id = $1`,
          [theirs.workspaceId, name],
        );
        return row ?? {};
      }),
    );
  }

  it('answers 404 on every route, and nothing of it changes', async () => {
    const routes = Object.entries(contract.paths).flatMap(([path, item]) =>
      path.includes('{') ? METHODS.filter((method) => item[method]).map((method) => ({ method, path: path.replace('/api/v1', '') })) : [],
    );
    const inbound = await t.makeKey(['inbound:write', '*']);
    const before = await everything();
    const wrong: string[] = [];

    for (const { method, path } of routes) {
      const body = BODIES[`${method} ${path}`] ?? {};
      const call = t
        .request()
        [method](`/api/v1${fill(path)}`)
        .set('authorization', `Bearer ${inbound}`)
        .set('if-match', '*');
      const query = path === '/suppressions/{id}' && method === 'delete' ? { reason: 'because' } : {};
      const response = await (method === 'get'
        ? call
        : call
            .query(query)
            .type(typeof body === 'string' ? 'message/rfc822' : 'json')
            .send(body));
      if (response.status !== 404 || response.body.code !== 'not_found')
        wrong.push(`${method} ${path}: ${response.status} ${JSON.stringify(response.body)}`);
    }

    expect(wrong).toEqual([]);
    expect(routes.length).toBeGreaterThan(55);
    expect(await everything()).toEqual(before);
  });
});
