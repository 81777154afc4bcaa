import { RuleViolation } from '../../domain/errors.js';
import type { TemplateKind } from '../../domain/template.js';
import { compileTemplate, renderTemplate } from './template-compiler.js';

function refusalOf(source: unknown, kind: TemplateKind = 'text'): { code: string; line: unknown; column: unknown; errors: unknown } {
  try {
    compileTemplate(source as string, kind, '/text');
  } catch (error) {
    if (!(error instanceof RuleViolation)) throw error;
    return { code: error.code, line: error.facts['line'], column: error.facts['column'], errors: error.facts['errors'] };
  }
  throw new Error('the template was accepted');
}

describe('compileTemplate', () => {
  it.each([
    ['an expression that is not closed', 'Hello\n  {{contact.firstName', 2],
    ['a block that is not closed', '{{#if contact.name}}x', 1],
    ['a block closed by another name', 'a\n{{#if contact.name}}x{{/unless}}', 2],
    ['an else without a block', 'x {{else}}', 1],
    ['an empty expression', 'a\n\nb {{}}', 3],
    ['one brace too few', '{{contact.name}', 1],
  ])('names the line of %s', (_, source, line) => {
    expect(refusalOf(source)).toMatchObject({ code: 'template_syntax', line, column: expect.any(Number) });
  });

  it('gives line and column, counted from one, and the field they belong to', () => {
    expect(refusalOf('Hi,\nhello {{contact.frstName}}')).toEqual({
      code: 'template_unknown_variable',
      line: 2,
      column: 9,
      errors: [{ pointer: '/text', detail: expect.stringMatching(/^Line 2, column 9: There is no variable contact\.frstName\./) }],
    });
  });

  it.each([
    ['a variable nobody knows', '{{first_name}}'],
    ['the whole context', '{{this}}'],
    ['a property of a value', '{{contact.firstName.length}}'],
    ['a prototype', '{{contact.constructor}}'],
    ['an unknown variable as condition', '{{#if prospect.secret}}x{{/if}}'],
    ['an unknown variable as fallback', '{{fallback contact.firstName nickname}}'],
  ])('refuses %s as unknown', (_, source) => {
    expect(refusalOf(source).code).toBe('template_unknown_variable');
  });

  it.each([
    ['a partial', '{{> other}}'],
    ['an inline partial', '{{#*inline "x"}}a{{/inline}}'],
    ['a raw block', '{{{{raw}}}}{{x}}{{{{/raw}}}}'],
    ['a helper', '{{lookup contact.name "length"}}'],
    ['a log line', '{{log "x"}}'],
    ['a block other than if and unless', '{{#with contact.name}}x{{/with}}'],
    ['a repeated block', '{{#each contact.name}}x{{/each}}'],
    ['a sub-expression', '{{fallback (lookup this "x") "y"}}'],
    ['a named parameter', '{{contact.name level="error"}}'],
    ['a literal in place of a variable', '{{"contact.name"}}'],
    ['blocks three deep', '{{#if contact.name}}{{#if contact.role}}{{#if contact.email}}x{{/if}}{{/if}}{{/if}}'],
    ['51 blocks', '{{#if contact.name}}x{{/if}}'.repeat(51)],
    ['a thousand expressions and one', '{{contact.name}}'.repeat(1001)],
    ['more than 64 kB', 'ä'.repeat(33_000)],
  ])('does not allow %s', (_, source) => {
    expect(refusalOf(source).code).toBe('template_not_allowed');
  });

  it.each([
    ['the root', '{{@root.contact}}'],
    ['a parent', '{{../contact.name}}'],
    ['block parameters', '{{#if contact.name as |x|}}x{{/if}}'],
    ['two conditions', '{{#if contact.name contact.role}}x{{/if}}'],
    ['fallback without a text', '{{fallback contact.name}}'],
    ['a parsed tree instead of a text', { type: 'Program', body: [] }],
  ])('refuses %s', (_, source) => {
    expect(refusalOf(source).code).toMatch(/^template_/);
  });

  it('refuses 64 kB of nested parentheses before the parser meets them', () => {
    const startedAt = performance.now();

    expect(refusalOf(`{{a ${'(a '.repeat(16_000)}${')'.repeat(16_000)}}}`).code).toBe('template_not_allowed');

    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it('refuses unescaped values in HTML only', () => {
    expect(refusalOf('{{{contact.name}}}', 'html').code).toBe('template_not_allowed');
    expect(refusalOf('{{&contact.name}}', 'html').code).toBe('template_not_allowed');
    expect(compileTemplate('{{{contact.name}}}', 'text').variables).toEqual(['contact.name']);
  });

  it('wants a subject on one line', () => {
    expect(refusalOf('Hello\r\nBcc: someone', 'subject')).toMatchObject({ code: 'template_syntax', line: 1, column: 6 });
  });

  it('lists every variable once', () => {
    expect(compileTemplate('{{#if contact.role}}{{fallback contact.firstName contact.name "x"}}{{/if}}{{contact.role}}', 'text').variables).toEqual([
      'contact.firstName',
      'contact.name',
      'contact.role',
    ]);
  });
});

describe('renderTemplate', () => {
  const render = (source: string, values = {}, kind: TemplateKind = 'text') => renderTemplate(compileTemplate(source, kind), values);

  it.each([
    ['a value', 'Hi {{contact.firstName}},', { 'contact.firstName': 'Ada' }, 'Hi Ada,'],
    ['a fallback', 'Hi {{fallback contact.firstName "there"}},', { 'contact.firstName': '  ' }, 'Hi there,'],
    ['the first fallback that is known', '{{fallback contact.firstName contact.name "x"}}', { 'contact.name': 'Ada L' }, 'Ada L'],
    ['a branch', '{{#if contact.role}}As {{contact.role}}{{else}}Hello{{/if}}', {}, 'Hello'],
    ['a chain of branches', '{{#if contact.role}}1{{else if contact.name}}2{{else}}3{{/if}}', { 'contact.name': 'A' }, '2'],
    ['an inverted branch', '{{^if contact.role}}none{{/if}}{{#unless contact.role}}!{{/unless}}', {}, 'none!'],
    ['a block on lines of its own without blank lines', 'a\n{{#if contact.role}}\nb\n{{/if}}\nc', { 'contact.role': 'x' }, 'a\nb\nc'],
    ['no comment', 'a{{!-- note --}}b', {}, 'ab'],
  ])('writes %s', (_, source, values, text) => {
    expect(render(source, values)).toEqual({ ok: true, text });
  });

  it('lists every missing variable, but none of a branch that is not taken', () => {
    const source = '{{contact.firstName}} {{prospect.name}} {{#if contact.role}}{{campaign.name}}{{/if}}{{fallback contact.lastName contact.name}}';

    expect(render(source, { 'prospect.name': '' })).toEqual({
      ok: false,
      missing: ['contact.firstName', 'prospect.name', 'contact.lastName', 'contact.name'],
      tooLong: false,
    });
  });

  it('takes nothing from the prototype of the values', () => {
    const values = Object.create({ 'contact.name': 'inherited' }) as object;

    expect(render('{{contact.name}}', values)).toMatchObject({ ok: false, missing: ['contact.name'] });
  });

  it.each(['{{7*7}}', '{{contact.email}}', '${7*7}', '$1', '=1+1', '<script>'])('writes the value %s as it is, without reading it as template', (value) => {
    expect(render('Hi {{contact.name}}', { 'contact.name': value, 'contact.email': 'secret' })).toEqual({ ok: true, text: `Hi ${value}` });
  });

  it('escapes values in HTML and nothing else', () => {
    expect(render('<b>{{contact.name}}</b>', { 'contact.name': `"><script>'&` }, 'html')).toEqual({
      ok: true,
      text: '<b>&quot;&gt;&lt;script&gt;&#39;&amp;</b>',
    });
    expect(render("{{contact.name}}'s", { 'contact.name': 'O’Neill & Söhne' }, 'subject')).toEqual({ ok: true, text: "O’Neill & Söhne's" });
  });

  it.each(['a\r\nBcc: x', 'a\nBcc: x', 'a\rBcc: x', 'a\u2028Bcc: x', 'a\u0085Bcc: x', 'a\0\r\n Bcc: x'])('keeps a subject on one line: %j', (value) => {
    expect(render('{{contact.name}}', { 'contact.name': value }, 'subject')).toEqual({ ok: true, text: expect.stringMatching(/^a ?Bcc: x$/) });
  });

  it('drops control characters of values', () => {
    expect(render('{{contact.name}}', { 'contact.name': 'a\0b\u001b[31mc\td\r\ne' })).toEqual({ ok: true, text: 'ab[31mc\td\ne' });
  });

  it('says when the result is too long', () => {
    expect(render('{{contact.name}}'.repeat(900), { 'contact.name': 'x'.repeat(300) })).toEqual({ ok: false, missing: [], tooLong: true });
  });
});
