import { newId } from '../../src/platform/ids.js';
import {
  makeBacklink,
  makeCampaign,
  makeContact,
  makeEnrollment,
  makeMailbox,
  makeMessage,
  makeOpportunity,
  makePitch,
  makeProject,
  makeProspect,
  makeSequence,
  makeTargetPage,
  makeTemplate,
} from './factories.js';
import { makeMember, TEST_PASSWORD, TEST_START, type TestApp, type TestOwner } from './test-app.js';

/** An id of a thing by the word that stands before it in a path; `agreements` and `topics` stand in bodies only, `idle-campaigns` for those that nothing fixes yet. */
export type PlantedIds = Readonly<Record<string, string>>;

export interface PlantedWords {
  /** In all that belongs to the project. */
  readonly project: string;
  /** In the site and its people, which all projects share. */
  readonly catalogue: string;
}

/** One of everything in a project of its own, with a word in whatever people can read of it. */
export async function plantThings(t: TestApp, owner: TestOwner, words: PlantedWords): Promise<PlantedIds> {
  const shared = await plantShared(t, owner);
  const work = await plantWork(t, owner, words, shared);
  const deals = await plantDeals(t, owner, words.project, work);
  return { ...shared, ...work, ...deals };
}

/** What serves all projects of the workspace. */
async function plantShared(t: TestApp, { workspaceId: at, key, email }: TestOwner) {
  const { db } = t;
  const endpoint = (
    await t
      .as(key)
      .post('/webhook-endpoints', { url: 'http://127.0.0.1:9/hooks', eventTypes: ['*'] })
      .expect(201)
  ).body.id as string;
  const delivery = (await t.as(key).post(`/webhook-endpoints/${endpoint}/test`).expect(202)).body.id as string;
  const apiKey = (await t.as(key).get('/api-keys').expect(200)).body.data[0].id as string;
  const sites = { items: [{ url: `https://${newId()}.example/` }] };
  const job = (await t.as(key).post('/prospects/bulk', sites).set('prefer', 'respond-async').expect(202)).body.id as string;
  const invited = { email: `${newId()}@far.example`, role: 'viewer' };
  const invitation = (await t.as(key).post('/invitations', invited).expect(201)).body.id as string;
  await t.request().post('/api/v1/auth/login').send({ email, password: TEST_PASSWORD }).expect(200);
  const [session] = await db.query<{ id: string }[]>('SELECT id FROM sessions WHERE workspace_id = $1 ORDER BY id DESC', [at]);
  return {
    templates: (await makeTemplate(db, at)).id,
    sequences: (await makeSequence(db, at)).id,
    mailboxes: (await makeMailbox(db, at)).id,
    members: (await makeMember(db, at, 'member')).memberId,
    colleagues: (await makeMember(db, at, 'member')).memberId,
    'webhook-endpoints': endpoint,
    'webhook-deliveries': delivery,
    'api-keys': apiKey,
    invitations: invitation,
    jobs: job,
    sessions: session?.id ?? '',
  };
}

async function plantWork(
  t: TestApp,
  { workspaceId: at, key }: TestOwner,
  { project: word, catalogue }: PlantedWords,
  shared: { readonly sequences: string; readonly mailboxes: string },
) {
  const { db } = t;
  const shop = `${word}-shop.example`;
  const projectId = (await makeProject(db, at, { name: `${word} shop`, domain: shop, url: `https://${shop}/` })).id;
  const targetPageId = (await makeTargetPage(db, at, { projectId, url: `https://${shop}/guide`, title: word })).id;
  const parts = { projectId, targetPageId, sequenceId: shared.sequences, mailboxIds: [shared.mailboxes] };
  const idle = await makeCampaign(db, at, { ...parts, name: `${word} plans`, state: 'draft' });
  const blog = `${catalogue}-blog.example`;
  const prospectId = (await makeProspect(db, at, { domain: blog, url: `https://${blog}/`, name: catalogue })).id;
  const contactId = (await makeContact(db, at, { prospectId, email: `editor@${blog}`, firstName: catalogue })).id;
  const doubleId = (await makeContact(db, at, { prospectId, email: `double@${blog}`, firstName: catalogue })).id;
  const campaignId = (await makeCampaign(db, at, { ...parts, name: `${word} guides`, state: 'running' })).id;
  const card = { campaignId, projectId, prospectId, stage: 'engaged', pageUrl: `https://shared.example/${word}` } as const;
  const opportunityId = (await makeOpportunity(db, at, card)).id;
  const enrollment = await makeEnrollment(db, at, { opportunityId, contactId, stateReason: word });
  const mail = { enrollmentId: enrollment.id, mailboxId: shared.mailboxes, subject: `About ${word}`, text: `Hello ${word}` };
  const message = await makeMessage(db, at, { ...mail, threadId: enrollment.threadId, state: 'draft' });
  await db.query('UPDATE messages SET sent_at = $3 WHERE workspace_id = $1 AND id = $2', [at, message.id, TEST_START]);
  const stop = { kind: 'address', value: `${word}@far.example`, reason: `asked for ${word}`, projectId };
  const suppression = (await t.as(key).post('/suppressions', stop).expect(201)).body.id as string;
  return {
    ...{ projects: projectId, 'target-pages': targetPageId, campaigns: campaignId, opportunities: opportunityId },
    ...{ prospects: prospectId, contacts: contactId, enrollments: enrollment.id, messages: message.id, threads: enrollment.threadId },
    ...{ suppressions: suppression, 'idle-campaigns': idle.id, doubles: doubleId },
  };
}

async function plantDeals(
  t: TestApp,
  { workspaceId: at, key }: TestOwner,
  word: string,
  work: { readonly opportunities: string; readonly projects: string; readonly prospects: string },
) {
  const { db } = t;
  const { opportunities: opportunityId, projects: projectId, prospects: prospectId } = work;
  const terms = {
    ...{ via: 'direct', compensation: 'money', fee: { amount: 12_345, currency: 'EUR' } },
    items: [{ targetUrl: `https://${word}-shop.example/guide`, anchor: word, rel: ['sponsored'] }],
  };
  const agreement = (await t.as(key).post(`/opportunities/${opportunityId}/agreements`, terms).expect(201)).body.id as string;
  const pitch = await makePitch(db, at, { opportunityId, state: 'pitched' });
  const draft = (
    await t
      .as(key)
      .post(`/pitches/${pitch.id}/drafts`, { text: `Once upon a ${word}` })
      .expect(201)
  ).body.id as string;
  const source = { sourceUrl: `https://shared.example/${word}`, expectedAnchor: word, prospectId };
  const backlink = await makeBacklink(db, at, { opportunityId, ...source, state: 'needs_review' });
  const [topic, task, note] = [newId(), newId(), newId()];
  await db.query('INSERT INTO pitch_topics (workspace_id, id, pitch_id, title) VALUES ($1, $2, $3, $4)', [at, topic, pitch.id, `All of ${word}`]);
  await db.query(
    `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, opportunity_id, project_id, title, due_at, created_at)
     VALUES ($1, $2, 'answer_reply', 'opportunity', $3, $3, $4, $5, $6, $6)`,
    [at, task, opportunityId, projectId, `Answer ${word}`, TEST_START],
  );
  const check = newId();
  await db.query(
    `INSERT INTO notes (workspace_id, id, kind, subject_type, subject_id, project_id, text, created_at) VALUES ($1, $2, 'note', 'opportunity', $3, $4, $5, $6)`,
    [at, note, opportunityId, projectId, `They like ${word}`, TEST_START],
  );
  await db.query(
    `INSERT INTO backlink_checks (workspace_id, id, backlink_id, verdict, reason_codes, final_url, evidence, asked_by, checked_at)
     VALUES ($1, $2, $3, 'unknown', '{}', $4, '{}', 'schedule', $5)`,
    [at, check, backlink.id, source.sourceUrl, TEST_START],
  );
  return { agreements: agreement, pitches: pitch.id, topics: topic, drafts: draft, backlinks: backlink.id, checks: check, tasks: task, notes: note };
}

/** What every tenant table holds of a workspace, as one line each; when a key was last used is no change. */
export async function everythingOf({ db }: TestApp, workspaceId: string): Promise<object[]> {
  const tables = await db.query<{ name: string }[]>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'sessions' ORDER BY 1`,
  );
  return Promise.all(
    tables.map(async ({ name }) => {
      const shown = name === 'api_keys' ? `(to_jsonb(x) - 'last_used_at')::text` : 'x::text';
      const [row] = await db.query<object[]>(
        `SELECT $2::text AS name, md5(string_agg(${shown}, ',' ORDER BY ${shown})) AS rows FROM ${name} x WHERE x.workspace_id = $1`,
        [workspaceId, name],
      );
      return row ?? {};
    }),
  );
}
