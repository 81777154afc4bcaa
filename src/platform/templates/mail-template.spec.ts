import { TemplateCache } from './template-cache.js';
import { compileMailTemplate, renderMailTemplate } from './mail-template.js';

describe('renderMailTemplate', () => {
  it('makes the HTML part from the text when none was written', () => {
    const template = compileMailTemplate({ subject: 'A', text: 'Hi {{contact.name}},\n\nsee https://tea.example/a?b=1&c.' });

    const result = renderMailTemplate(template, { 'contact.name': '<Ada>' });

    expect(result).toMatchObject({ ok: true, mail: { subject: 'A', text: 'Hi <Ada>,\n\nsee https://tea.example/a?b=1&c.' } });
    expect(result.ok && result.mail.html).toContain('<p>Hi &lt;Ada&gt;,</p>\n<p>see <a href="https://tea.example/a?b=1&amp;c">https://tea.example/a?b=1&amp;c</a>.</p>');
  });

  it('gathers what is missing over all parts', () => {
    const template = compileMailTemplate({ subject: '{{prospect.name}}', text: '{{contact.name}}{{prospect.name}}', html: '{{project.name}}' });

    expect(template.variables).toEqual(['contact.name', 'project.name', 'prospect.name']);
    expect(renderMailTemplate(template, {})).toEqual({ ok: false, missing: ['prospect.name', 'contact.name', 'project.name'], tooLong: false });
  });

  it('names the part that is wrong', () => {
    expect(() => compileMailTemplate({ subject: 'ok', text: 'ok', html: '{{' })).toThrow(
      expect.objectContaining({ facts: expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/html' })] }) }),
    );
  });
});

describe('TemplateCache', () => {
  it('compiles a version once and drops the one used longest ago', () => {
    const cache = new TemplateCache<string>(2);
    const compiled: string[] = [];
    const get = (id: string) => cache.getOrCompile(id, () => (compiled.push(id), id));

    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) get(id);

    expect(compiled).toEqual(['a', 'b', 'c', 'b']);
  });
});
