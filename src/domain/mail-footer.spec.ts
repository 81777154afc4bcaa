import { endHtml, endRewritten, endText, valuesOfEnding } from './mail-footer.js';
import type { TemplateValues, TemplateVariable } from './template-variables.js';
import { escapeHtml } from './text-to-html.js';

const URL = 'https://links.example/u/abc?a=1&b=2';
const ALL: TemplateValues = {
  'sender.signature': 'Ann of Tea\n\n+1 555 <0100>',
  'sender.postalAddress': 'Tea House\r\n1 Leaf Lane',
  'links.unsubscribe': URL,
};
const text = (content: string, values = ALL, variables: TemplateVariable[] = []) => endText({ content, variables }, values);
const html = (content: string, values = ALL, variables: TemplateVariable[] = []) => endHtml({ content, variables }, values);

describe('endText', () => {
  it('ends with the signature, the postal address and the way to stop all mail', () => {
    expect(text('Hello.\n\n')).toBe(
      `Hello.\n\n-- \nAnn of Tea\n+1 555 <0100>\n\nTea House\n1 Leaf Lane\nIf you would rather not hear from us again: ${URL}\n`,
    );
  });

  it.each([
    ['signature', 'sender.signature', 'Hello.\n\nBest,\nAnn of Tea\n+1 555 <0100>\nbye', 'Ann of Tea'],
    ['postal address', 'sender.postalAddress', 'Hello.\nTea House \n1 Leaf Lane', 'Leaf Lane'],
    ['link', 'links.unsubscribe', `No more? ${URL}`, URL],
  ] as const)('writes no %s twice', (_, __, content, once) => {
    expect(text(content).split(once)).toHaveLength(2);
  });

  it('leaves a signature and an address where the author has placed them, in whatever sentence', () => {
    const placed = text('Ann of Tea, +1 555 <0100>, at Tea House, 1 Leaf Lane', ALL, ['sender.signature', 'sender.postalAddress']);

    expect(placed).toBe(`Ann of Tea, +1 555 <0100>, at Tea House, 1 Leaf Lane\n\nIf you would rather not hear from us again: ${URL}\n`);
  });

  it('takes a name in a sentence for no signature, and a branch not taken for no address', () => {
    const values = { 'sender.signature': 'Ann', 'sender.postalAddress': 'Leaf Lane 1' };

    expect(text('Hello Ann, how are you?', values, ['sender.postalAddress'])).toBe('Hello Ann, how are you?\n\n-- \nAnn\n\nLeaf Lane 1\n');
  });

  it.each([[{}], [{ 'sender.signature': ' \n', 'sender.postalAddress': null, 'links.unsubscribe': '' }]])('adds nothing of %j', (values) => {
    expect(text('Hello. ', values)).toBe('Hello. ');
  });
});

describe('endHtml', () => {
  it('ends with the same, escaped, inside the page', () => {
    const url = escapeHtml(URL);

    expect(html('<html><body><p>Hello.</p></BODY></html>')).toBe(
      '<html><body><p>Hello.</p><p>Ann of Tea<br>\n+1 555 &lt;0100&gt;</p>\n<p>Tea House<br>\n1 Leaf Lane</p>\n' +
        `<p>If you would rather not hear from us again: <a href="${url}">${url}</a></p>\n</BODY></html>`,
    );
  });

  it.each(['<p>Hello.</p>', '<html><p>Hello.</p></html>'])('knows pages without a body: %s', (page) => {
    expect(html(page, { 'sender.signature': 'Ann' })).toBe(page.replace('</p>', '</p><p>Ann</p>\n'));
  });

  it('adds nothing that is there', () => {
    const page = `<p>Ann of Tea / +1 555 &lt;0100&gt;</p><p>Tea House<br>\n1 Leaf Lane</p><a href="${escapeHtml(URL)}">stop</a>`;

    expect(html(page, ALL, ['sender.signature'])).toBe(page);
    expect(html('<p>x</p>', {})).toBe('<p>x</p>');
  });
});

describe('endRewritten', () => {
  const END = `Tea House\n1 Leaf Lane\nIf you would rather not hear from us again: ${URL}\n`;
  const rewritten = (text: string, html: string | null = null, variables: TemplateVariable[] = []) => endRewritten({ text, html }, variables, ALL);

  it('puts the whole ending back where all was replaced, and makes the HTML part of it', () => {
    const { text: ended, html: made } = rewritten('Dear Mei.');

    expect(ended).toBe(`Dear Mei.\n\n-- \nAnn of Tea\n+1 555 <0100>\n\n${END}`);
    expect(made).toContain('<p>Dear Mei.</p>');
    expect(made).toContain(`<a href="${escapeHtml(URL)}">`);
  });

  it('leaves out a signature that somebody took away while they left the link', () => {
    expect(rewritten(`Dear Mei.\n\n${END}`).text).toBe(`Dear Mei.\n\n${END}`);
    expect(rewritten('x', `<p>Hi</p><a href="${escapeHtml(URL)}">stop</a>`).html).not.toContain('Ann of Tea');
  });

  it('puts back the address alone where the link is left', () => {
    expect(rewritten(`Dear Mei. Stop: ${URL}`).text).toBe(`Dear Mei. Stop: ${URL}\n\nTea House\n1 Leaf Lane\n`);
  });

  it('knows its link under another domain', () => {
    expect(rewritten(`Tea House\n1 Leaf Lane\nStop: https://old.example/u/abc?a=1`).text).toBe(
      'Tea House\n1 Leaf Lane\nStop: https://old.example/u/abc?a=1',
    );
  });

  it('changes nothing that is whole', () => {
    const whole = rewritten('Dear Mei.', '<p>Dear Mei.</p>');

    expect(endRewritten(whole, [], ALL)).toEqual(whole);
  });
});

it('ends an answer with the signature alone', () => {
  expect(text('Gladly.', valuesOfEnding(ALL, 'answer'))).toBe('Gladly.\n\n-- \nAnn of Tea\n+1 555 <0100>\n');
  expect(html('<p>Gladly.</p>', valuesOfEnding(ALL, 'answer'))).toBe('<p>Gladly.</p><p>Ann of Tea<br>\n+1 555 &lt;0100&gt;</p>\n');
  expect(valuesOfEnding(ALL, 'outreach')).toBe(ALL);
});
