import { sameSubject } from './reply-subject.js';

describe('sameSubject', () => {
  it.each([
    ['A page for you', 'A page for you'],
    ['Re: A page for you', 'A page for you'],
    ['RE: AW: Re[2]: A page  for you', 'a page for you'],
    ['SV： A page for you', 'Re: A page for you'],
    ['Fwd: Re: A page for you', 'A page for you'],
  ])('takes %p and %p for one conversation', (one, other) => {
    expect(sameSubject(one, other)).toBe(true);
  });

  it.each([
    ['A page for you', 'Another page for you'],
    ['Recipe: A page for you', 'A page for you'],
    ['', ''],
    ['Re:', null],
    [undefined, undefined],
  ])('takes %p and %p for two', (one, other) => {
    expect(sameSubject(one, other)).toBe(false);
  });

  it('is quick with a subject that is all prefixes', () => {
    expect(sameSubject(`${'re : '.repeat(100_000)}!`, 'x')).toBe(false);
  });
});
