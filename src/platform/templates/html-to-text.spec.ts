import { RuleViolation } from '../../domain/errors.js';
import { htmlToText } from './html-to-text.js';
import { TemplateThread } from './template-thread.js';

describe('htmlToText', () => {
  it('keeps the words, the lines and where links lead', () => {
    const html =
      '<html><head><style>a { color: red }</style></head><body><h1>Hello Mei</h1><p>Read <a href="https://tea.example/a?b=1&amp;c=2">our <b>guide</b></a>' +
      '&nbsp;&amp; more.<br>Soon.</p><ul><li>One</li><li>Two</li></ul><table><tr><td>A</td><td>B</td></tr></table><script>no()</script></body></html>';

    expect(htmlToText(html)).toBe('Hello Mei\n\nRead our guide <https://tea.example/a?b=1&c=2> & more.\nSoon.\n\n * One\n * Two\n\nA\nB');
  });

  it('writes an address that is its own words once, and cuts no line', () => {
    const long = 'word '.repeat(60).trim();

    expect(htmlToText(`<p>${long}</p><a href="https://tea.example/">https://tea.example/</a>`)).toBe(`${long}\n\nhttps://tea.example/`);
  });

  it('leaves what stands between braces as it is', () => {
    const html = '<h2>{{fallback contact.firstName "there"}}</h2>{{#if prospect.name}}<th>{{prospect.name}}</th>{{/if}}<a href="{{links.report}}">here</a>';

    const text = htmlToText(html);

    for (const braces of ['{{fallback contact.firstName "there"}}', '{{#if prospect.name}}', '{{prospect.name}}', '{{/if}}', 'here <{{links.report}}>'])
      expect(text).toContain(braces);
  });

  it.each([
    ['no words', '<p><img src="https://tea.example/a.png" alt="Tea"></p>'],
    ['only blanks', '<p> &nbsp; </p>'],
    ['rules that become too long', '<hr>'.repeat(249_999)],
  ])('says nothing of %s', (_, html) => {
    expect(htmlToText(html)).toBe('');
  });

  it('says nothing of what is nested too deep', () => {
    expect(htmlToText('<b>'.repeat(20_000))).toBe('');
  });
});

describe('TemplateThread.textOf', () => {
  const thread = new TemplateThread();
  afterAll(() => thread.onModuleDestroy());

  it('asks for a text where none can be made', async () => {
    await expect(thread.textOf('<p>Hello</p>')).resolves.toBe('Hello');
    await expect(thread.textOf('<p></p>')).rejects.toMatchObject({ code: 'text_needed' });
    await expect(thread.textOf('<p></p>')).rejects.toBeInstanceOf(RuleViolation);
  });
});
