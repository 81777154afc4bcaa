import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { isStorableText } from '../../src/platform/database/storable-text.js';
import { corpusPath, describeCorpus } from '../support/corpora.js';
import { GOOD_REQUESTS, type GoodRequest } from '../support/good-requests.js';
import { startLoopbackDns, type LoopbackDns } from '../support/loopback-dns.js';
import { createTestApp, type TestApp } from '../support/test-app.js';
import { readAt, routesWithTexts, type TextField, withAt } from '../support/text-fields.js';

/** Thousands of requests: no limit of time is under test here. */
const PATIENCE_MS = 300_000;
const AT_ONCE = 12;
/** Each route takes another one in eight, so that together they try every string (the last test holds them to it); EVERY_STRING=true gives all to each: eight times as long, five minutes. */
const ONE_IN = process.env['EVERY_STRING'] === 'true' ? 1 : 8;

/** Fields with a rule of their own: each gets every string alone, to be refused or to be made something of. */
const RULED = /(?:url|email|fromAddress|host|value|externalRef|steps\/0\/key|topics\/0\/title|privateKey|selector|linkDomain|html)$/i;
/** Fields that are a time, a zone, a day: their form is checked first, so all of a body may be wrong at once. */
const SHAPED = /(?:At|On|Until|timeZone|country|currency|since|window\/from|window\/to|hours\/\d\/0\/(?:from|to)|conditions\/0)$/;
/** Texts with a syntax. */
const TEMPLATES = /^(?:(?:post|patch) \/templates|post \/threads\/\{id\}\/reply)/;
/** For a name of a mail header or a login these are more than one line, too. */
const SEPARATORS = /[\u2028\u2029]/u;
/** Logins, second factors and passwords work once or for a person at the screen, as does connecting an account: test/contract tries their texts. */
const isLogin = (name: string): boolean => name.includes(' /auth/') || name === 'post /mailboxes/oauth';

/** Puts a thing that can be moved once back where it was. $1 is the workspace, $2 the thing. */
const AGAIN: Readonly<Record<string, string>> = {
  'post /opportunities/{id}/moves': `UPDATE opportunities SET stage = 'ready' WHERE workspace_id = $1 AND id = $2`,
  'post /enrollments/{id}/moves': `UPDATE enrollments SET state = 'active' WHERE workspace_id = $1 AND id = $2`,
  'post /campaigns/{id}/pause': `UPDATE campaigns SET state = 'running' WHERE workspace_id = $1 AND id = $2`,
  'post /messages/{id}/resolve': `UPDATE messages SET state = 'delivery_unknown' WHERE workspace_id = $1 AND id = $2`,
  'post /pitches/{id}/moves': `UPDATE pitches SET state = 'draft' WHERE workspace_id = $1 AND id = $2`,
  'post /backlinks/{id}/moves': `UPDATE backlinks SET state = 'lost' WHERE workspace_id = $1 AND id = $2`,
  'post /backlinks/{id}/attestations': `UPDATE backlinks SET state = 'needs_review' WHERE workspace_id = $1 AND id = $2`,
  'post /webhook-endpoints/{id}/replay': 'SELECT $1::uuid, $2::uuid', // as often as one likes
  // there may be fifty
  'post /webhook-endpoints': `DELETE FROM webhook_endpoints WHERE workspace_id = $1 AND $2::uuid IS NULL AND id < (
      SELECT id FROM webhook_endpoints WHERE workspace_id = $1 ORDER BY id DESC OFFSET 25 LIMIT 1)`,
};

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

describeCorpus('every naughty string in every text of every route', () => {
  let t: TestApp;
  let dns: LoopbackDns;
  let strings: readonly string[];
  const used = new Set<string>();
  const agent = new Agent({ connections: AT_ONCE });

  beforeAll(async () => {
    dns = await startLoopbackDns(() => []);
    t = await createTestApp({ env: { DNS_SERVERS: dns.address } });
    strings = [...new Set(JSON.parse(readFileSync(corpusPath('strings', 'blns.json'), 'utf8')) as string[])];
  });

  afterAll(async () => {
    await agent.close();
    await t.close();
    dns.close();
  });

  async function send(name: string, path: string, body: object): Promise<Answer> {
    const method = name.split(' ')[0]?.toUpperCase() as 'POST' | 'PATCH';
    const answer = await request(`${t.url}/api/v1${path}`, {
      ...{ method, dispatcher: agent, body: JSON.stringify(body) },
      headers: { authorization: `Bearer ${t.owner.key}`, 'if-match': '*', 'content-type': 'application/json' },
    });
    const text = await answer.body.text();
    return { status: answer.statusCode, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }

  /** `check` for each string, in lanes that each have a thing of their own. */
  async function inLanes(name: string, check: (good: () => Promise<GoodRequest>, text: string) => Promise<string[]>): Promise<string[]> {
    const turn = routes.findIndex((route) => route.name === name);
    const mine = strings.filter((_, at) => (at + turn) % ONE_IN === 0);
    for (const text of mine) used.add(text);
    const queue = mine.values();
    const wrong: string[] = [];
    const lane = async (): Promise<void> => {
      let kept: GoodRequest | undefined;
      const good = async (): Promise<GoodRequest> => {
        const again = AGAIN[name];
        const reusable = name.startsWith('patch') || again !== undefined;
        if (!kept || !reusable) kept = await GOOD_REQUESTS[name]?.(t);
        else if (again) await t.db.query(again, [t.owner.workspaceId, kept.path.split('/')[2] ?? null]);
        if (!kept) throw new Error(`${name} has no good request.`);
        return kept;
      };
      for (const text of queue) wrong.push(...(await check(good, text)));
    };
    await Promise.all(Array.from({ length: name === 'patch /workspace' ? 1 : AT_ONCE }, lane)); // there is one workspace
    return wrong;
  }

  const routes = routesWithTexts();
  const usable = routes.filter(({ name }) => !isLogin(name));
  const isRuled = (name: string, { pointer }: TextField): boolean => RULED.test(pointer) || TEMPLATES.test(name);
  const isPlain = (name: string, field: TextField): boolean => !isRuled(name, field) && !SHAPED.test(field.pointer) && !field.formed;
  const fits = ({ minLength, maxLength, oneLine }: TextField, text: string): boolean => {
    const length = Array.from(text).length;
    return (
      length >= minLength &&
      length <= maxLength &&
      isStorableText(text) &&
      (!oneLine || text === '' || (!/\p{Cc}/u.test(text) && /[^\s\p{C}]/u.test(text)))
    );
  };
  const put = (body: object, fields: readonly TextField[], text: string): object =>
    fields.reduce((made, { path }) => withAt(made, path, text) ?? made, body);

  it.each(usable.filter(({ name, fields }) => fields.some((field) => isPlain(name, field))).map(({ name }) => name))(
    'comes back as it went in, or is refused for its length or its control characters: %s',
    async (name) => {
      const plain = usable.find((route) => route.name === name)?.fields.filter((field) => isPlain(name, field)) ?? [];
      let kept = 0;

      const wrong = await inLanes(name, async (good, text) => {
        const { path, body } = await good();
        const fitting = plain.filter((field) => fits(field, text));
        const { status, body: answer } = await send(name, path, put(body as object, fitting.length > 0 ? fitting : plain, text));
        if (fitting.length === 0) return status === 400 ? [] : [`${JSON.stringify(text)}: ${status}`];
        if (status === 400 && SEPARATORS.test(text)) return [];
        if (status >= 300) return [`${JSON.stringify(text)}: ${status} ${JSON.stringify(answer)}`];
        kept += 1;
        const changed = fitting.filter(({ path: at }) => ![text, undefined].includes(readAt(answer, at) as string | undefined));
        return changed.map(({ pointer }) => `${JSON.stringify(text)}: ${pointer} reads otherwise`);
      });

      expect(wrong.slice(0, 20)).toEqual([]);
      expect(kept).toBeGreaterThan(400 / ONE_IN);
    },
    PATIENCE_MS,
  );

  it.each(usable.filter(({ name, fields }) => fields.some((field) => !isPlain(name, field))).map(({ name }) => name))(
    'is taken or refused where a rule reads it: %s',
    async (name) => {
      const fields = usable.find((route) => route.name === name)?.fields.filter((field) => !isPlain(name, field)) ?? [];
      const [ruled, shaped] = [fields.filter((field) => isRuled(name, field)), fields.filter((field) => !isRuled(name, field))];
      const groups = [...ruled.map((field) => [field]), ...(shaped.length > 0 ? [shaped] : [])];

      const broken = await inLanes(name, async (good, text) => {
        const { path, body } = await good();
        const answers = await Promise.all(groups.map((group) => send(name, path, put(body as object, group, text))));
        return answers.flatMap(({ status, body: answer }, at) =>
          [200, 201, 202, 400, 404, 409, 412, 422].includes(status) // 412: the groups change one thing at once
            ? []
            : [`${JSON.stringify(text)} at ${groups[at]?.map(({ pointer }) => pointer).join()}: ${status} ${JSON.stringify(answer)}`],
        );
      });

      expect(broken.slice(0, 20)).toEqual([]);
    },
    PATIENCE_MS,
  );

  it('has left no string out', () => {
    expect(strings.filter((text) => !used.has(text))).toEqual([]);
    expect(strings.length).toBeGreaterThan(400);
  });
});
