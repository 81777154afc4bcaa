import { textToHtml } from './text-to-html.js';

describe('textToHtml', () => {
  it.each([
    ['a blank line', 'a\n\nb', '<p>a</p>\n<p>b</p>'],
    ['several blank lines, with spaces', 'a\r\n \r\n\r\nb', '<p>a</p>\n<p>b</p>'],
    ['a line break', 'a\nb', '<p>a<br>\nb</p>'],
    ['markup', '<b>"x" & y</b>', '<p>&lt;b&gt;&quot;x&quot; &amp; y&lt;/b&gt;</p>'],
    ['a link at the end of a sentence', 'see https://tea.example/a.', '<p>see <a href="https://tea.example/a">https://tea.example/a</a>.</p>'],
    ['a link in brackets', '(https://tea.example/a)', '<p>(<a href="https://tea.example/a">https://tea.example/a</a>)</p>'],
    ['a link with a quote', 'https://tea.example/"onclick=1', '<p><a href="https://tea.example/">https://tea.example/</a>&quot;onclick=1</p>'],
    ['what is no web address', 'javascript:alert(1)', '<p>javascript:alert(1)</p>'],
  ])('keeps %s', (_, text, html) => {
    expect(textToHtml(text)).toContain(`<body>\n${html}\n</body>`);
  });

  it('adds no image and no link of its own', () => {
    expect(textToHtml('hello')).not.toMatch(/<img|<a |http/);
  });
});
