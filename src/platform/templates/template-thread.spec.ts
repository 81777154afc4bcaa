import { existsSync } from 'node:fs';
import { RuleViolation } from '../../domain/errors.js';
import { LimitedThread } from '../threads/limited-thread.js';
import { answerOf } from './template-thread.js';
import type { TemplateAnswer, TemplateTask } from './template-work.js';

/** As `npm run build` leaves them: beside the compiled files, and in the bundle. */
const WORKERS = ['src/platform/templates', 'server'].map((folder) => new URL(`../../../dist/${folder}/template.worker.js`, import.meta.url));
const built = WORKERS.every((file) => existsSync(file));
const inThread = (source: string): URL => new URL(`data:text/javascript,${encodeURIComponent(source)}`);

const nested = (block: string, times: number): string => `{{#${block} contact.name}}`.repeat(times) + `{{/${block.split(' ')[0] ?? ''}}}`.repeat(times);
const HOSTILE: readonly (readonly [string, string])[] = [
  ['131 characters of nested each', '{{#each this}}'.repeat(6) + 'x' + '{{/each}}'.repeat(6)],
  ['320 kB of nested if', nested('if', 9000)],
  ['nested if as deep as the count of blocks allows', nested('if', 50)],
  ['64 kB of nested parentheses', `{{${'('.repeat(60_000)}}}`],
  ['64 kB of braces', '{{'.repeat(30_000)],
  ['64 kB of single braces', '{a|'.repeat(20_000)],
  ['spintax', '{Hi|Hello} {{contact.firstName}}'],
  ['spintax around a variable', 'Dear\n {friend|{{contact.firstName}} }'],
];

(built ? describe : describe.skip).each(WORKERS.map((file) => [file.pathname.replace(/^.*\/dist\//, ''), file] as const))(
  'the template thread of dist/%s (skipped before the first build)',
  (_, file) => {
    let thread: LimitedThread<TemplateTask, TemplateAnswer>;

    beforeAll(() => {
      thread = new LimitedThread(file, { timeoutMs: 30_000, maxHeapMb: 128 });
    });
    afterAll(() => thread.close());

    it.each(HOSTILE)('is done with %s in time', async (title, text) => {
      const startedAt = performance.now();

      const asked = answerOf({ do: 'check', parts: { text } }, thread);

      if (title.includes('single braces')) await expect(asked).resolves.toEqual({ done: 'check' });
      else await expect(asked).rejects.toThrow(RuleViolation);
      expect(performance.now() - startedAt).toBeLessThan(10_000);
    });

    it('fills a template in, with its ending', async () => {
      const source = { subject: 'For {{contact.name}}', text: 'Hello {{contact.name}}', html: null };
      const values = { 'contact.name': 'Ada', 'sender.signature': 'Ann' };

      await expect(answerOf({ do: 'render', source, values }, thread)).resolves.toMatchObject({
        result: { ok: true, mail: { subject: 'For Ada', text: 'Hello Ada\n\n-- \nAnn\n' } },
      });
    });
  },
);

describe('answerOf', () => {
  it.each([
    ['never ends', `for (;;);`],
    ['fills the memory', `const all = []; for (;;) all.push(new Array(100_000).fill(1.5).map(String));`],
  ])('refuses a template over which the thread %s', async (_, then) => {
    const file = inThread(`import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { ${then} });`);
    const thread: LimitedThread<TemplateTask, TemplateAnswer> = new LimitedThread(file, { timeoutMs: 3000, maxHeapMb: 16 });

    const asked = answerOf({ do: 'check', parts: { text: 'x' } }, thread);

    await expect(asked).rejects.toMatchObject({ code: 'template_not_allowed', facts: { line: 1, errors: [{ pointer: '/text' }] } });
    await thread.close();
  });

  it.each([
    ['breaks', 'process.exit(1)', 'the thread ended'],
    ['fails', `parentPort.postMessage({ done: 'failed', detail: 'a bug' })`, 'a bug'],
  ])('does not blame the template when the thread %s', async (_, then, why) => {
    const file = inThread(`import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => { ${then} });`);
    const thread: LimitedThread<TemplateTask, TemplateAnswer> = new LimitedThread(file, { timeoutMs: 10_000, maxHeapMb: 128 });

    const error: unknown = await answerOf({ do: 'check', parts: { text: 'x' } }, thread).catch((reason: unknown) => reason);

    expect(error).not.toBeInstanceOf(RuleViolation);
    expect(error).toHaveProperty('message', why);
    await thread.close();
  });

  it.each([
    ['{Hi|Hello}', 'text', 1, 1],
    ['Dear\n {friend|{{contact.firstName}} }', 'html', 2, 2],
    ['A {b|c}', 'subject', 1, 3],
  ])('tells where %j in a %s is', async (source, kind, line, column) => {
    const asked = answerOf({ do: 'check', parts: { [kind]: source } }, undefined);

    await expect(asked).rejects.toMatchObject({ code: 'template_not_allowed', facts: { line, column, errors: [{ pointer: `/${kind}` }] } });
  });

  it.each(['a | b', '{ color: red }', '{{fallback contact.firstName "a|b"}}', '{\na|b\n}', '{}|{}'])('takes %j', async (text) => {
    await expect(answerOf({ do: 'check', parts: { text } }, undefined)).resolves.toEqual({ done: 'check' });
  });
});
