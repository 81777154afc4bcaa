import { erasedWords, type NamedPerson } from './erased-words.js';

const PERSON: NamedPerson = { email: 'Zoë.May+tea@Tea.example', emailKey: 'zoë.may+tea@tea.example', firstName: 'Zoë', lastName: 'van der May' };

/** As PostgreSQL reads it, in what JavaScript has for it. */
const patternOf = (are: string | null): RegExp => new RegExp((are ?? '(?!)').replaceAll('[[:alnum:]]', String.raw`[\p{L}\p{N}]`), 'giu');
const blanked = (text: string, are: string | null): string => text.replaceAll(patternOf(are), '…');

describe('erasedWords', () => {
  const { anywhere, nearby } = erasedWords([PERSON]);

  it.each([
    ['Ask zoë.may+tea@tea.example.', 'Ask ….'],
    ['<ZOË.MAY+TEA@TEA.EXAMPLE>', '<…>'],
    ['Zoë van der  May wrote', '… wrote'],
    ['May, Zoë is not her, van der May, Zoë is', 'May, Zoë is not her, … is'],
    ['Zoe\u0308 van der May', '…'],
    ['xzoë.may+tea@tea.example', 'xzoë.may+tea@tea.example'],
    ['Zoë alone stays, as May does', 'Zoë alone stays, as May does'],
  ])('finds the address and the full name anywhere: %s', (text, expected) => {
    expect(blanked(text, anywhere)).toBe(expected);
  });

  it.each([
    ['Zoë is on holiday', '… is on holiday'],
    ['Mrs Van der May', 'Mrs …'],
    ["Zoë's blog", "…'s blog"],
    ['Zoës', 'Zoës'],
  ])('finds single names near them: %s', (text, expected) => {
    expect(blanked(text, nearby)).toBe(expected);
  });

  it.each<[string, Partial<NamedPerson>]>([
    ['no name', { firstName: null, lastName: null }],
    ['an empty one', { firstName: '  ', lastName: null }],
    ['an initial', { firstName: 'Z', lastName: null }],
  ])('looks for no single name where there is %s', (_, over) => {
    expect(erasedWords([{ ...PERSON, ...over }]).nearby).toBeNull();
  });

  it('takes what is written in a name as it is, not as a pattern', () => {
    const { nearby: odd } = erasedWords([{ ...PERSON, firstName: 'A.*(b', lastName: '[x|y' }]);

    expect(blanked('A.*(b and [x|y, Abb and x', odd)).toBe('… and …, Abb and x');
  });
});
