import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RuleViolation } from '../../src/domain/errors.js';
import type { TemplateKind } from '../../src/domain/template.js';
import { compileTemplate, renderTemplate } from '../../src/platform/templates/template-compiler.js';

const file = join(process.env['CORPORA_DIR'] ?? resolve(import.meta.dirname, '../../../shared/corpora'), 'templates', 'payloads.jsonl');

interface Payload {
  readonly id: string;
  readonly template: unknown;
  readonly kind: string;
  readonly data: { readonly first_name?: string };
}
const payloads: Payload[] = existsSync(file)
  ? readFileSync(file, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Payload)
  : [];

const suite = payloads.length > 0 ? describe : describe.skip;

/** What a payload must never bring to light. */
const SECRETS = { 'contact.firstName': 'Ada', 'contact.email': 'SECRET-ADDRESS' };
const KINDS: readonly TemplateKind[] = ['subject', 'text', 'html'];

suite('template corpus (skipped where the corpora folder is missing)', () => {
  const written = payloads.filter(({ kind }) => kind !== 'merge-value');
  const values = payloads.filter(({ kind }) => kind === 'merge-value');

  it.each(written.map((payload) => [payload.id, payload] as const))('%s is refused by name, or is plain text', (_, { template }) => {
    for (const kind of KINDS) {
      const startedAt = performance.now();
      let text: string | undefined;
      try {
        const result = renderTemplate(compileTemplate(template as string, kind), SECRETS);
        text = result.ok ? result.text : undefined;
      } catch (error) {
        expect(error).toBeInstanceOf(RuleViolation);
        expect((error as RuleViolation).facts).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
      }

      expect(text ?? '').not.toMatch(/SECRET|\[object|Object|Function|native code/);
      expect(performance.now() - startedAt).toBeLessThan(2000);
    }
  });

  it.each(values.map((payload) => [payload.id, payload] as const))(
    '%s as a value is written as it is, escaped in HTML, in one line of a subject',
    (_, { data }) => {
      const value = data.first_name ?? '';
      const render = (kind: TemplateKind) => renderTemplate(compileTemplate('Hi {{contact.firstName}}', kind), { 'contact.firstName': value });

      const [subject, text, html] = KINDS.map(render);

      expect(subject?.ok && subject.text).not.toMatch(/[\p{Cc}]/u);
      expect(html?.ok && html.text).not.toMatch(/[<>"]/);
      // a line break stays one, whatever its bytes were; all else is untouched
      expect(text).toEqual(
        value.replaceAll('\0', '').trim() === ''
          ? expect.anything()
          : { ok: true, text: `Hi ${value.replaceAll('\r\n', '\n').replaceAll('\0', '')}` },
      );
    },
  );

  it('leaves the prototype of every object alone', () => {
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(existsSync('/tmp/pwned_tpl')).toBe(false);
  });
});
