import { epochAfterRestore, type EpochFacts, judgeEpoch } from './restore-epoch.js';

describe('judgeEpoch', () => {
  const running: EpochFacts = { database: 7, file: 7, systemThen: '7001', systemNow: '7001' };

  it.each<[what: string, change: Partial<EpochFacts>, verdict: string]>([
    ['both counts agree', {}, 'same'],
    ['the machine was off, or killed after the database was written', { file: 3 }, 'same'],
    ['the machine is new, or its folder was lost', { file: null }, 'same'],
    ['the file is ahead of the database', { file: 8 }, 'set_back'],
    ['the database has never counted and the file has', { database: 0, file: 1 }, 'set_back'],
    ['neither has ever counted', { database: 0, file: null, systemThen: null }, 'same'],
    ['another server holds the rows now', { systemNow: '7002' }, 'moved'],
    ['another server holds older rows', { systemNow: '7002', file: 9 }, 'set_back'],
    ['nobody noted the server', { systemThen: null }, 'same'],
    ['the server does not say who it is', { systemNow: null }, 'same'],
  ])('when %s', (_, change, verdict) => {
    expect(judgeEpoch({ ...running, ...change })).toBe(verdict);
  });
});

describe('epochAfterRestore', () => {
  it('goes past whatever any machine has in its file', () => {
    const next = epochAfterRestore([4, 9]);

    expect(judgeEpoch({ database: next, file: 9 + 900_000, systemThen: null, systemNow: null })).toBe('same');
    expect(judgeEpoch({ database: 4, file: next, systemThen: null, systemNow: null })).toBe('set_back');
  });
});
