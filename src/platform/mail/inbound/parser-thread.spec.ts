import { existsSync } from 'node:fs';

import { MailUnreadable, ParserThread } from './parser-thread.js';

/** Answers with the text as subject; "hang" never ends, "crash" ends the thread, "bad" cannot be read. */
const THREAD = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { parentPort } from 'node:worker_threads';
  parentPort.on('message', (raw) => {
    const text = Buffer.from(raw).toString();
    if (text === 'hang') for (;;);
    if (text === 'crash') process.exit(1);
    if (text === 'throw') throw new Error('thrown outside');
    parentPort.postMessage(text === 'bad' ? { error: 'bad mail' } : { mail: { subject: text } });
  });
`)}`,
);

/** The real one, as `npm run build` leaves it. */
const COMPILED = new URL('../../../dist/src/platform/mail/inbound/parse-inbound.worker.js', import.meta.url);

describe('ParserThread', () => {
  let thread: ParserThread;
  const parse = (text: string): ReturnType<ParserThread['parse']> => thread.parse(Buffer.from(text));

  beforeEach(() => {
    thread = new ParserThread(THREAD, 10_000);
  });
  afterEach(() => thread.close());

  it('parses what comes at once, each mail to its own caller', async () => {
    const mails = await Promise.all(['a', 'b', 'c'].map(parse));

    expect(mails.map(({ subject }) => subject)).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['cannot be read', 'bad', 'bad mail'],
    ['crashes the thread', 'crash', 'the thread ended'],
    ['throws where nobody catches', 'throw', 'thrown outside'],
  ] as const)('refuses only the mail that %s', async (_, text, why) => {
    const results = await Promise.allSettled([parse('before'), parse(text), parse('after')]);

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toHaveProperty('reason.message', expect.stringMatching(why));
  });

  it('gives up a mail that never ends', async () => {
    await thread.close();
    thread = new ParserThread(THREAD, 500);

    const results = await Promise.allSettled([parse('hang'), parse('after')]);

    expect(results).toEqual([
      { status: 'rejected', reason: new MailUnreadable('no end after 500 ms') },
      { status: 'fulfilled', value: { subject: 'after' } },
    ]);
  });

  it('refuses what waits when it is closed', async () => {
    const waiting = Promise.allSettled([parse('hang'), parse('after')]);

    await thread.close();

    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  (existsSync(COMPILED) ? it : it.skip)('reads a mail in the compiled worker (skipped before the first build)', async () => {
    await thread.close();
    thread = new ParserThread(COMPILED, 10_000);

    await expect(parse('Subject: Hello\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\nHi')).resolves.toMatchObject({
      subject: 'Hello',
      text: 'Hi',
      date: new Date('2026-11-02T10:00:00Z'),
    });
  });
});
