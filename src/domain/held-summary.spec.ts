import { HeldSummary } from './held-summary.js';

const at = (day: number): Date => new Date(Date.UTC(2026, 10, day));

it('counts what each gate holds, with the earliest opening and a few examples', () => {
  const held = new HeldSummary<'window' | 'campaign'>();
  for (let mail = 0; mail < 7; mail += 1) {
    held.add(String(mail), [
      { code: 'window', open: false, opensAt: at(9 - mail), detail: 'Shut.' },
      { code: 'campaign', open: mail > 0, opensAt: null, detail: mail > 0 ? null : 'Paused.' },
    ]);
  }

  expect(held.result()).toEqual([
    { code: 'window', count: 7, opensAt: at(3), detail: 'Shut.', examples: ['0', '1', '2', '3', '4'] },
    { code: 'campaign', count: 1, opensAt: null, detail: 'Paused.', examples: ['0'] },
  ]);
});
