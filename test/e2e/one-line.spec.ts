import { Browser } from '../support/browser.js';
import { GOOD_REQUESTS } from '../support/good-requests.js';
import { createBareTestApp, createTestApp, TEST_PASSWORD, type TestApp } from '../support/test-app.js';
import { routesWithTexts, type TextField, withAt } from '../support/text-fields.js';

/** The texts that may have several lines; every other one is a line, or has a rule of its own. */
const SEVERAL_LINES = /\/(?:text|html|signature|summary|remarks|note|reason|overrideReason|postalAddress)$/;
/** Templates are read by a compiler, which says at which column a subject goes wrong: 422. */
const COMPILED = /^(?:post|patch) \/templates.* \/subject$/;
/** Addresses and what is looked for in them, read by rules of their own; secrets, which are hashed or sealed and never shown. */
const OWN_RULE = /(?:url|email|fromAddress|value|password|token|privateKey|conditions\/0)$/i;
/** No key may: it stands in no list of good requests. */
const FOR_A_PERSON = { path: '/mailboxes/oauth', body: { provider: 'google', name: 'Box', fromName: 'Ann' } };
const CONTROLS = ['two\nlines', 'a\u0007bell', 'an escape\u001b[2J', 'del\u007f', 'next line\u0085'];

const routes = routesWithTexts();
const linesOf = (fields: readonly TextField[]): readonly TextField[] => fields.filter(({ oneLine }) => oneLine);

/** class-validator points at a list of texts, not at one of them. */
function pointsAt({ status, body }: { status: number; body: { errors?: { pointer: string }[] } }, pointer: string): boolean {
  return status === 400 && body.errors?.some((error) => pointer === error.pointer || pointer === `${error.pointer}/0`) === true;
}

describe('a text of one line', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  it('is every text of every body that is not meant to have more, or has a rule of its own', () => {
    const texts = routes.flatMap(({ name, fields }) => fields.map((field) => ({ ...field, called: `${name} ${field.pointer}` })));
    const ruled = [SEVERAL_LINES, OWN_RULE, COMPILED];
    const open = texts.filter(({ oneLine, formed, called }) => !oneLine && !formed && !ruled.some((rule) => rule.test(called)));

    expect(open.map(({ called }) => called)).toEqual([]);
  });

  it.each(routes.filter(({ name, fields }) => linesOf(fields).length > 0 && !name.includes(' /auth/')).map(({ name }) => name))(
    'takes no control characters: %s',
    async (name) => {
      const good = name === 'post /mailboxes/oauth' ? FOR_A_PERSON : await GOOD_REQUESTS[name]?.(t);
      if (typeof good?.body !== 'object') throw new Error(`${name} has no good request.`);
      const { path: at, body } = good;
      const fields = linesOf(routes.find((route) => route.name === name)?.fields ?? []).filter(({ path }) => withAt(body, path, ''));
      const wrong: string[] = [];
      for (const [field, text] of fields.flatMap((one) => CONTROLS.map((control) => [one, control] as const))) {
        const method = name.startsWith('patch') ? 'patch' : 'post';
        const answer = await t.as(t.owner.key)[method](at, withAt(body, field.path, text), '*');
        if (!pointsAt(answer, field.pointer)) wrong.push(`${field.pointer} ${JSON.stringify(text)}: ${answer.status}`);
      }

      expect(wrong).toEqual([]);
      expect(fields.length).toBeGreaterThan(0);
    },
  );

  it('takes none in the name of a person either', async () => {
    const browser = new Browser(t.url);
    await browser.logIn(t.owner.email).expect(200);
    const bare = await createBareTestApp();
    const setup = { setupToken: 'x'.repeat(32), email: 'ann@tea.example', password: TEST_PASSWORD, name: 'Ann', workspaceName: 'Tea' };

    for (const [answer, pointer] of [
      [await browser.patch('/auth/me', { name: 'Ann\u001b[31m' }), '/name'],
      [
        await bare
          .request()
          .post('/api/v1/auth/setup')
          .send({ ...setup, workspaceName: 'Tea\n' }),
        '/workspaceName',
      ],
      [
        await bare
          .request()
          .post('/api/v1/auth/setup')
          .send({ ...setup, name: 'Ann\u0085' }),
        '/name',
      ],
      [await t.request().post('/api/v1/auth/invitations/accept').send({ token: 'x', name: '\tAnn' }), '/name'],
    ] as const) {
      expect([answer.status, answer.body.errors]).toEqual([
        400,
        [{ pointer, detail: 'must be one line that shows something, without control characters' }],
      ]);
    }
    await bare.close();
  });

  it('may be as many where a text is meant to have more', async () => {
    const postalAddress = '1 Leaf Lane\nTeatown';

    expect((await t.as(t.owner.key).patch('/workspace', { postalAddress }, '*').expect(200)).body.postalAddress).toBe(postalAddress);
  });
});
