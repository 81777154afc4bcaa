import { isMisleadingSubject } from './misleading-subject.js';

describe('isMisleadingSubject', () => {
  it.each([
    'Re: your page',
    'RE:your page',
    'Fwd: tea',
    'FW: tea',
    'AW: Tee',
    'WG: Tee',
    'Re[2]: tea',
    ' re : tea',
    'ＲＥ： tea',
    'SV: te',
    'TR: thé',
    '回复：茶',
  ])('finds an answer that there was none before in %j', (subject) => {
    expect(isMisleadingSubject(subject)).toBe(true);
  });

  it.each(['Ready: set, go', 'A page for tea-blog.example', 'Reply wanted', 'Tea: a guide', 'Regarding your page', 'Report: 10 teas', ''])(
    'leaves %j alone',
    (subject) => {
      expect(isMisleadingSubject(subject)).toBe(false);
    },
  );
});
