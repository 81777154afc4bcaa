import { isOutage } from './outage.js';

const failure = (code: string, message = 'failed') => Object.assign(new Error(message), { code });

describe('isOutage', () => {
  it.each([
    ['a server that shuts down', failure('57P01')],
    ['a server that starts', failure('57P03')],
    ['no connection left', failure('53300')],
    ['nobody who listens', failure('ECONNREFUSED')],
    ['a connection that broke', new Error('Connection terminated unexpectedly')],
  ])('knows %s', (_, error) => {
    expect(isOutage(error)).toBe(true);
  });

  it.each([
    ['a rule of the schema', failure('23514')],
    ['a mistake of ours', new TypeError('x is undefined')],
    ['no error at all', 'away'],
  ])('is no %s', (_, error) => {
    expect(isOutage(error)).toBe(false);
  });
});
