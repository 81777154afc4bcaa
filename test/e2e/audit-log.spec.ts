import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { LinkSigner } from '../../src/platform/secrets/secret-box.js';
import { unsubscribeToken } from '../../src/platform/mail/compose/unsubscribe-token.js';
import { makeContact, makeMailbox, makeOpportunity, makePitch, makeProject, makeProspect } from '../support/factories.js';
import { GOOD_REQUESTS, type GoodRequest } from '../support/good-requests.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const METHODS = ['post', 'patch', 'put', 'delete'] as const;
type Method = (typeof METHODS)[number];
const contract = JSON.parse(readFileSync(join(import.meta.dirname, '../../openapi.json'), 'utf8')) as {
  paths: Record<string, Partial<Record<Method, unknown>>>;
};

/** Routes whose success leaves no entry, with the reason. */
const UNWRITTEN: Readonly<Record<string, string>> = {
  'post /sandbox/clock/advance': 'of the installation, not of a workspace; only with SANDBOX=true',
  'post /auth/setup': 'runs once, before there is a workspace',
  'post /auth/login': 'who is logged in stands in the list of sessions',
  'post /auth/logout': 'as above',
  'post /templates/{id}/preview': 'changes nothing',
  'post /campaigns/{id}/preflight': 'changes nothing',
  'post /auth/invitations/open': 'changes nothing',
  'post /mailboxes/{id}/test': 'changes nothing of ours',
  'post /mailboxes/oauth': 'changes nothing before the browser is back: the spec of mail accounts looks for its entry',
  'post /api-keys/{id}/rotate': 'a key rotates itself alone: the spec of keys looks for its entry',
  'delete /jobs/{id}': 'stands in the job itself, which names who asked for it',
  ...Object.fromEntries(
    [
      ...['post /auth/confirm', 'patch /auth/me', 'post /auth/password', 'delete /auth/sessions', 'delete /auth/sessions/{id}'],
      ...['post /auth/totp', 'post /auth/totp/confirm', 'post /auth/totp/disable', 'post /auth/totp/recovery-codes'],
      ...[
        'post /auth/oidc/link',
        'post /auth/oidc/unlink',
        'post /auth/invitations/accept',
        'post /auth/password-reset',
        'post /auth/password-reset/complete',
      ],
    ].map((name) => [name, 'of a person at the screen, whom no key stands for: the specs of each look for its entry']),
  ),
};

interface Entry {
  readonly id: string;
  readonly action: string;
  readonly actorId: string | null;
  readonly keyId: string | null;
  readonly via: string;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly changes: readonly { field: string; from?: unknown; to?: unknown }[];
  readonly details: object;
  readonly requestId: string | null;
}

let t: TestApp;

beforeAll(async () => {
  t = await createTestApp();
});

afterAll(() => t.close());

const ws = (): string => t.owner.workspaceId;
const entries = async (query = ''): Promise<Entry[]> =>
  (await t.as(t.owner.key).get(`/audit-log?limit=100${query}`).expect(200)).body.data as Entry[];
const about = (subjectId: string): Promise<Entry[]> => entries(`&filter[subjectId]=${subjectId}&sort=createdAt`);
/** Across workspaces: making one writes its entry into the new one. */
const count = async (db: DataSource): Promise<number> => {
  const [row] = await db.query<{ count: number }[]>('/* all-workspaces: counted */ SELECT count(*)::int AS count FROM audit_log');
  return row?.count ?? 0;
};

describe('the audit log', () => {
  it('has one entry for each of ten actions, the newest first', async () => {
    const as = t.as(t.owner.key);
    const prospect = (await as.post('/prospects', { url: 'https://ten.example/' }).expect(201)).body.id as string;
    const project = (await as.post('/projects', { name: 'Ten', url: 'https://ten-shop.example/' }).expect(201)).body.id as string;
    await as.patch(`/prospects/${prospect}`, { tags: ['a'] }, '*').expect(200);
    await as.patch(`/prospects/${prospect}`, { tags: ['b'] }, '*').expect(200);
    await as.patch(`/projects/${project}`, { name: 'Eleven' }, '*').expect(200);
    await as.post(`/projects/${project}/target-pages`, { url: 'https://ten-shop.example/a' }).expect(201);
    const contact = (await as.post(`/prospects/${prospect}/contacts`, { email: 'ten@ten.example' }).expect(201)).body.id as string;
    await as.patch(`/contacts/${contact}`, { role: 'editor' }, '*').expect(200);
    await as.post('/suppressions', { kind: 'address', value: 'ten@ten.example', reason: 'asked' }).expect(201);
    await as.patch('/workspace', { replyStopsSite: false }, '*').expect(200);

    const made = (await entries()).map(({ action }) => action);

    expect(made.sort()).toEqual(
      [
        ...['prospect.created', 'project.created', 'prospect.changed', 'prospect.changed', 'project.changed'],
        ...['target_page.created', 'contact.created', 'contact.changed', 'suppression.added', 'workspace.changed'],
      ].sort(),
    );
  });

  it('says who did it, by which key, on what, and in which request', async () => {
    const prospect = await makeProspect(t.db, ws());
    await t.as(t.owner.key).patch(`/prospects/${prospect.id}`, { country: 'PT' }, '*').set('x-request-id', 'the-one').expect(200);

    const [entry] = await about(prospect.id);

    const keys = (await t.as(t.owner.key).get('/api-keys').expect(200)).body.data as { id: string }[];
    expect(entry).toMatchObject({ actorId: t.owner.memberId, via: 'key', action: 'prospect.changed', subjectType: 'prospect', requestId: 'the-one' });
    expect(keys.map(({ id }) => id)).toContain(entry?.keyId);
    expect(entry?.changes).toEqual([{ field: 'country', from: null, to: 'PT' }]);
  });

  it('tells a state before and after, however it moved', async () => {
    const pitch = await makePitch(t.db, ws());
    await t.as(t.owner.key).post(`/pitches/${pitch.id}/moves`, { to: 'withdrawn', reason: 'a private word' }).set('if-match', '*').expect(200);
    const mailbox = await makeMailbox(t.db, ws());
    await t
      .as(t.owner.key)
      .patch(`/mailboxes/${mailbox.id}`, { state: 'disabled', limits: { perDay: 7 } }, '*')
      .expect(200);

    const [moved] = await about(pitch.id);
    const [changed] = await about(mailbox.id);

    expect(moved?.changes).toEqual([{ field: 'state', from: 'draft', to: 'withdrawn' }]);
    expect(changed?.changes).toEqual(
      expect.arrayContaining([
        { field: 'state', from: 'connected', to: 'disabled' },
        { field: 'perDay', from: 1000, to: 7 },
      ]),
    );
    expect(JSON.stringify(moved)).not.toContain('private');
  });

  it('names the fields of people, secrets and texts without their values', async () => {
    const contact = await makeContact(t.db, ws(), { firstName: 'Wilhelmina' });
    const mailbox = await makeMailbox(t.db, ws());
    const smtp = { host: '127.0.0.1', port: 9, security: 'none', user: 'wilhelmina', password: 'a secret of hers' };
    await t
      .as(t.owner.key)
      .patch(`/contacts/${contact.id}`, { firstName: 'Hildegard', role: 'Editor-in-chief', timeZone: 'Asia/Tokyo' }, '*')
      .expect(200);
    await t.as(t.owner.key).patch(`/mailboxes/${mailbox.id}`, { smtp, signature: 'Yours, Hildegard' }, '*').expect(200);

    const written = [...(await about(contact.id)), ...(await about(mailbox.id))];

    expect(written[0]?.changes).toEqual(expect.arrayContaining([{ field: 'firstName' }, { field: 'role' }, { field: 'timeZone' }]));
    expect(written[1]?.changes).toEqual(expect.arrayContaining([{ field: 'smtpUser' }, { field: 'smtpPassword' }, { field: 'signature' }]));
    expect(JSON.stringify(written)).not.toMatch(/Wilhelmina|Hildegard|Editor|Tokyo|a secret/i);
  });

  it('notes nothing of what did not change, and nothing of what failed', async () => {
    const project = await makeProject(t.db, ws(), { name: 'Same' });
    await t.as(t.owner.key).patch(`/projects/${project.id}`, { name: 'Same' }, '*').expect(200);
    await t.as(t.owner.key).patch(`/projects/${project.id}`, { name: 'Other' }, '"1"').expect(412);

    expect((await about(project.id)).map(({ changes }) => changes)).toEqual([[]]);
  });

  it('pages and filters', async () => {
    const first = await t.as(t.owner.key).get('/audit-log?limit=2').expect(200);
    const second = await t
      .as(t.owner.key)
      .get(`/audit-log?limit=2&after=${String(first.body.nextCursor)}`)
      .expect(200);
    const ids = [...(first.body.data as Entry[]), ...(second.body.data as Entry[])].map(({ id }) => id);

    expect(new Set(ids).size).toBe(4);
    expect((await entries('&filter[action]=project.created,workspace.changed')).map(({ action }) => action)).toEqual(
      expect.arrayContaining(['project.created', 'workspace.changed']),
    );
    expect(await entries(`&filter[via]=ui`)).toEqual([]);
    expect((await entries(`&filter[actorId]=${t.owner.memberId}`)).length).toBeGreaterThan(4);
    expect((await t.as(t.owner.key).get('/audit-log?filter[actorId]=me').expect(400)).body.errors[0].pointer).toBe('?filter[actorId]');
    await t.as(t.owner.key).get('/audit-log?filter[details]=x').expect(400);
  });

  it('is for managers and owners who see every project, and of their own workspace', async () => {
    const foreign = await t.makeWorkspace();
    await t
      .as(await t.makeKey('member'))
      .get('/audit-log')
      .expect(403);
    const manager = await t.makeKey('manager');
    await t.as(manager).get('/audit-log').expect(200);
    expect((await t.as(foreign.key).get('/audit-log').expect(200)).body.data).toEqual([]);
    const scoped = await t.makeKey('manager');
    await t.db.query(
      `UPDATE members SET project_ids = '{}' WHERE workspace_id = $1 AND id = (SELECT k.member_id FROM api_keys k WHERE k.workspace_id = $1 ORDER BY k.id DESC LIMIT 1)`,
      [ws()],
    );

    const refused = await t.as(scoped).get('/audit-log');

    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
  });

  it.each(['post', 'put', 'patch', 'delete'] as const)('answers no %s, and no id below it', async (method) => {
    const [entry] = await entries();
    const call = (path: string) => t.request()[method](`/api/v1/audit-log${path}`).set('authorization', `Bearer ${t.owner.key}`).set('if-match', '*');

    await call('').expect(405);
    await call(`/${String(entry?.id)}`).expect(404);
  });
});

describe('every route that changes something', () => {
  const routes = Object.entries(contract.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({ method, name: `${method} ${path.replace('/api/v1', '')}` })),
  );

  /** Pages behind links in mails: no key comes with them, and they stand outside of the API. */
  const PAGES: Readonly<Record<string, () => Promise<GoodRequest>>> = {
    'post /r/{token}': async () => {
      const card = await makeOpportunity(t.db, ws());
      const { body } = await t.as(t.owner.key).post(`/opportunities/${card.id}/report-links`, {}).expect(201);
      return { path: new URL(body.url).pathname, body: { url: 'https://elsewhere.example/post' } };
    },
    'post /u/{token}': async () => {
      const contact = await makeContact(t.db, ws());
      return { path: `/u/${unsubscribeToken(t.app.get(LinkSigner), { workspaceId: ws(), contactId: contact.id })}`, body: {} };
    },
  };

  function call(name: string, method: Method, { path, body }: GoodRequest, key: string) {
    if (PAGES[name]) return t.request()[method](path).type('form').send(body);
    const request = t.request()[method](`/api/v1${path}`).set('authorization', `Bearer ${key}`).set('if-match', '*');
    return typeof body === 'string' ? request.type('message/rfc822').send(body) : request.send(body);
  }

  it('leaves an entry when it succeeds, unless listed with a reason', async () => {
    const key = await t.makeKey(['*', 'inbound:write']);
    const wrong: string[] = [];

    for (const { method, name } of routes) {
      const good = await (GOOD_REQUESTS[name]?.(t) ?? PAGES[name]?.());
      if (!good) {
        if (!UNWRITTEN[name]) wrong.push(`${name}: has no good request`);
        continue;
      }
      const before = await count(t.db);
      const answer = await call(name, method, good, key);
      const left = (await count(t.db)) - before;
      if (answer.status >= 300) wrong.push(`${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
      if (left === 0 && !UNWRITTEN[name]) wrong.push(`${name}: left no entry`);
    }

    expect(wrong).toEqual([]);
    expect(routes.length).toBeGreaterThan(50);
  });
});
