import { unsubscribeToken } from '../../src/platform/mail/compose/unsubscribe-token.js';
import { LinkSigner } from '../../src/platform/secrets/secret-box.js';
import { mailNow, makePlannedMail, type PlannedMail } from '../support/sending-world.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

let test: TestApp;
let mail: PlannedMail;
let path: string;

beforeAll(async () => {
  test = await createTestApp();
});
afterAll(() => test.close());
beforeEach(async () => {
  const { workspaceId } = test.owner;
  mail = await makePlannedMail(test.db, workspaceId, { port: 9 });
  path = `/u/${unsubscribeToken(test.app.get(LinkSigner), { workspaceId, contactId: mail.contactId })}`;
});

const now = (): ReturnType<typeof mailNow> => mailNow(test.db, test.owner.workspaceId, mail.messageId);
const suppressions = async (): Promise<unknown[]> =>
  test.db.query('SELECT kind, source, project_id AS "projectId" FROM suppressions WHERE workspace_id = $1 AND value = $2', [
    test.owner.workspaceId,
    mail.email,
  ]);
const oneClick = { 'List-Unsubscribe': 'One-Click' };

it('asks on GET and changes nothing', async () => {
  const response = await test.request().get(path).expect(200).expect('content-type', 'text/html; charset=utf-8');

  expect(response.text).toContain('Tea links');
  expect(response.text).toMatch(/<form method="post">/);
  expect(await suppressions()).toEqual([]);
  expect((await now()).state).toBe('scheduled');
});

it.each([
  ['urlencoded', () => test.request().post(path).type('form').send(oneClick)],
  ['multipart', () => test.request().post(path).field(oneClick)],
  ['with nothing in it', () => test.request().post(path)],
])('acts on a POST, %s: no redirect, no cookie', async (_, post) => {
  const response = await post().expect(200);

  expect(response.headers['set-cookie']).toBeUndefined();
  expect(response.text).toContain('You will get no more mail');
  expect(await suppressions()).toEqual([{ kind: 'address', source: 'one_click', projectId: null }]);
  expect(await now()).toMatchObject({ state: 'cancelled', enrollmentState: 'unsubscribed', stage: 'do_not_contact' });
});

it('does the same on a second POST, and at the same time', async () => {
  const answers = await Promise.all([1, 2, 3].map(() => test.request().post(path).type('form').send(oneClick)));
  await test.request().post(path).type('form').send(oneClick).expect(200);

  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(await suppressions()).toHaveLength(1);
});

it.each([
  ['changed', (token: string) => token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
  ['cut', (token: string) => token.slice(0, -5)],
  ['of another person, with this signature', (token: string) => token.replace(/^\/u\/..../, '/u/AAAA')],
  ['nonsense', () => '/u/hello'],
])('answers 404 with a page for a token that is %s', async (_, spoil) => {
  const response = await test.request().post(spoil(path)).type('form').send(oneClick).expect(404);
  await test.request().get(spoil(path)).expect(404);

  expect(response.headers['content-type']).toMatch(/^text\/html/);
  expect(await suppressions()).toEqual([]);
});

it.each(['.', ')', '>', ';', ').', '%22'])('takes the link with %s of the sentence around it', async (rest) => {
  await test.request().get(`${path}${rest}`).expect(200);
});

it('takes no JSON', async () => {
  await test.request().post(path).send(oneClick).expect(415);
});

it('is not kept, indexed or told to others', async () => {
  const { headers } = await test.request().get(path).expect(200);

  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex, nofollow' });
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
});

it('works with a cookie of a session as without: the link alone counts', async () => {
  await test.request().post(path).set('origin', 'https://elsewhere.example').type('form').send(oneClick).expect(200);

  expect(await suppressions()).toHaveLength(1);
});
