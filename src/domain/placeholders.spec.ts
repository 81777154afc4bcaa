import { leftOverInMail, leftOverPlaceholders } from './placeholders.js';

describe('leftOverPlaceholders', () => {
  it.each([
    ['Dear [NAME],', ['[NAME]']],
    ['about [topic] and [your site]', ['[topic]', '[your site]']],
    ['Hi {{contact.name}}', ['{{contact.name}}']],
    ['Hi {{', ['{{']],
    ['Hi {first_name}', ['{first_name}']],
    ['Hi <<First Name>>', ['<<First Name>>']],
    ['Hi %FIRSTNAME%', ['%FIRSTNAME%']],
    ['our XXX guide, TODO', ['XXX', 'TODO']],
    ['Lorem ipsum dolor', ['Lorem ipsum']],
    ['[NAME] and [NAME]', ['[NAME]']],
    ['{Hi|Hello|Good day} Ada', ['{Hi|Hello|Good day}']],
    ['{Hi|Hello {dear|good} Ada}', ['{dear|good}']],
    ['{|very }good', ['{|very }']],
  ])('finds what is left in %s', (text, expected) => {
    expect(leftOverPlaceholders(text)).toEqual(expected);
  });

  it.each([
    'Read [1] and [2024].',
    'Tea at home [PDF]',
    '[our guide](https://tea.example)',
    'p { color: red; }',
    'a 20% rise and 30% more',
    'MAXXXIMUM',
    'if (x) y',
    'a | b, {} and {a: 1}',
  ])('leaves %s alone', (text) => {
    expect(leftOverPlaceholders(text)).toEqual([]);
  });

  it.each([
    ['between tags', '<p>Dear [NAME],</p>', ['[NAME]']],
    ['in the address of a link', '<a href="https://tea.example/[slug]">tea</a>', ['[slug]']],
    ['in words that stand for a picture', "<img alt='{product}'>", ['{product}']],
    ['as spintax', '<b>{Hi|Hello}</b>', ['{Hi|Hello}']],
  ])('finds what is left in an HTML part %s', (_, html, expected) => {
    expect(leftOverInMail({ subject: 'Tea', text: 'Hello', html })).toEqual(expected);
  });

  it.each([
    ['styles', '<STYLE>a[href] { color: red }\n.x{a|b}</STYLE><p>Tea</p>'],
    ['comments for one mail program', '<!--[if mso]><table><![endif]--><p>Tea</p>'],
    ['classes', '<p class="[tea] {x}">Tea</p>'],
    ['what is never closed', '<p>Tea</p><!-- [NAME]'],
  ])('leaves %s of an HTML part alone', (_, html) => {
    expect(leftOverInMail({ html })).toEqual([]);
  });

  it('reads hostile HTML at once', () => {
    const startedAt = performance.now();

    for (const html of ['<a '.repeat(80_000), '<!--'.repeat(60_000), '<style>'.repeat(40_000), '<a href="'.repeat(30_000), '{a|'.repeat(80_000)]) {
      leftOverInMail({ html });
    }

    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('reads 256 kB of brackets at once', () => {
    const startedAt = performance.now();

    leftOverPlaceholders('[a'.repeat(128 * 1024) + '{{a'.repeat(10_000));

    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
