import { leftOverPlaceholders } from './placeholders.js';

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
  ])('leaves %s alone', (text) => {
    expect(leftOverPlaceholders(text)).toEqual([]);
  });

  it('reads 256 kB of brackets at once', () => {
    const startedAt = performance.now();

    leftOverPlaceholders('[a'.repeat(128 * 1024) + '{{a'.repeat(10_000));

    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
