import { FIRST_MAIL_WARNINGS, firstMailFindings } from './first-mail-rules.js';

const VALUES = { 'links.unsubscribe': 'https://links.example/u/a?b=1&c=2', 'prospect.domain': 'leaf.example' };
const MAIL = { subject: 'Tea', text: 'Hello', html: '<p>Hello</p>' };
const codes = (over: object) =>
  firstMailFindings({ ...MAIL, ...over }, VALUES).map(({ code }) => `${FIRST_MAIL_WARNINGS.has(code) ? 'warning' : 'error'} ${code}`);

describe('firstMailFindings', () => {
  it.each([
    ['one link, in both parts', { text: 'https://tea.example/a', html: '<a href="https://tea.example/a">a</a>' }],
    [
      'the way out and their own pages beside it',
      { text: 'https://tea.example/a https://links.example/u/a?b=1&c=2 https://leaf.example/x https://www.leaf.example/' },
    ],
    ['the way out in HTML', { html: `<a href="https://links.example/u/a?b=1&amp;c=2">stop</a><a href='mailto:ann@tea.example'>write</a>` }],
    ['a picture that comes along', { html: '<img src="data:image/png;base64,AAAA">' }],
  ])('has nothing against %s', (_, over) => {
    expect(codes(over)).toEqual([]);
  });

  it.each([
    ['a subject that pretends an answer', { subject: 'Re: Tea' }, ['error misleading_subject']],
    ['two links in the text', { text: 'https://tea.example/a and https://tea.example/b.' }, ['warning many_links']],
    ['two links over both parts', { text: 'https://tea.example/a', html: `<a HREF='https://tea.example/b'>b</a>` }, ['warning many_links']],
    ['another site that ends alike', { text: 'https://tea.example/a https://notleaf.example/' }, ['warning many_links']],
    ['an image from elsewhere', { html: '<img width=1 src="https://tea.example/p.png">' }, ['warning remote_image']],
    ['an image without a scheme', { html: `<IMG SRC='//tea.example/p.png'>` }, ['warning remote_image']],
    ['a background', { html: '<td style="background: url(https://tea.example/p.png)">' }, ['warning remote_image']],
    [
      'all at once',
      { subject: 'FW: x', text: 'https://a.example https://b.example', html: '<img src=http://c.example/x>' },
      ['error misleading_subject', 'warning many_links', 'warning remote_image'],
    ],
  ])('finds %s', (_, over, expected) => {
    expect(codes(over)).toEqual(expected);
  });

  it('reads hostile HTML at once', () => {
    const startedAt = performance.now();

    for (const html of ['<img '.repeat(50_000), 'href="'.repeat(40_000), 'url( '.repeat(50_000), 'background '.repeat(20_000) + '='.repeat(20_000)])
      codes({ html });

    expect(performance.now() - startedAt).toBeLessThan(3000);
  });
});
