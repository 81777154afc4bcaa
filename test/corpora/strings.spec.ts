import { readFileSync } from 'node:fs';
import { isStorableText } from '../../src/platform/database/storable-text.js';
import { corpusPath, describeCorpus } from '../support/corpora.js';
import { createTestApp, type Caller, type TestApp } from '../support/test-app.js';

const AT_ONCE = 10;
/** Two thousand requests: no limit of time is under test here. */
const PATIENCE_MS = 180_000;

describeCorpus('the big list of naughty strings', () => {
  let test: TestApp;
  let api: Caller;
  let strings: readonly string[];

  beforeAll(async () => {
    test = await createTestApp();
    api = test.as(test.owner.key);
    strings = JSON.parse(readFileSync(corpusPath('strings', 'blns.json'), 'utf8')) as string[];
  });

  afterAll(() => test.close());

  /** What `check` returned for each string, ten at a time. */
  async function onEach(check: (text: string, at: number) => Promise<object[]>): Promise<object[]> {
    const found: object[] = [];
    for (let start = 0; start < strings.length; start += AT_ONCE) {
      const part = strings.slice(start, start + AT_ONCE);
      found.push(...(await Promise.all(part.map((text, at) => check(text, start + at)))).flat());
    }
    return found;
  }

  it(
    'comes back as it went in, as the name of a prospect, unless it is too long, no text, or more than a line',
    async () => {
      let kept = 0;

      const wrong = await onEach(async (name, at) => {
        const refused = Array.from(name).length > 200 || !isStorableText(name) || /\p{Cc}/u.test(name) || !/^$|[^\s\p{C}]/u.test(name);
        const made = await api.post('/prospects', { url: `https://naughty-${at}.example/`, name });
        if (made.status !== (refused ? 400 : 201)) return [{ at, name, status: made.status }];
        if (refused) return [];
        kept += 1;
        const read = await api.get(`/prospects/${made.body.id}`);
        return read.body.name === name ? [] : [{ at, name, read: read.body.name }];
      });

      expect(wrong).toEqual([]);
      expect(kept).toBeGreaterThan(400);
    },
    PATIENCE_MS,
  );

  it(
    'never breaks an address, a tag, a suppression or a search',
    async () => {
      const broken = await onEach(async (text) => {
        const answers = [
          await api.post('/prospects', { url: text }),
          await api.post('/prospects', { url: 'https://tags.example/', tags: [text], externalRef: text }),
          await api.post('/suppressions', { kind: 'domain', value: text, reason: text }),
          await api.get(`/prospects?q=${encodeURIComponent(isStorableText(text) ? text : '')}`),
        ];
        return answers.filter(({ status }) => ![200, 201, 400, 422].includes(status)).map(({ status, body }) => ({ text, status, body }));
      });

      expect(broken).toEqual([]);
    },
    PATIENCE_MS,
  );

  it('counts characters as the database does', async () => {
    await api.post('/prospects', { url: 'https://long.example/', name: '❤️'.repeat(150) }).expect(400); // 300, though 150 are seen
  });
});
