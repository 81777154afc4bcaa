import { FixedWindows } from './fixed-windows.js';

describe('FixedWindows', () => {
  it('counts down, refuses what is too much, and begins anew', () => {
    const windows = new FixedWindows(2, 1000);

    expect(windows.take('a', 0)).toEqual({ allowed: true, limit: 2, remaining: 1, resetsInMs: 1000 });
    expect(windows.take('a', 400)).toEqual({ allowed: true, limit: 2, remaining: 0, resetsInMs: 600 });
    expect(windows.take('a', 999)).toEqual({ allowed: false, limit: 2, remaining: 0, resetsInMs: 1 });
    expect(windows.take('a', 1000)).toMatchObject({ allowed: true, remaining: 1, resetsInMs: 1000 });
  });

  it('counts each caller apart', () => {
    const windows = new FixedWindows(1, 1000);
    windows.take('a', 0);

    expect(windows.take('b', 0).allowed).toBe(true);
    expect(windows.take('a', 0).allowed).toBe(false);
  });

  it('says who is exhausted without counting', () => {
    const windows = new FixedWindows(1, 1000);

    expect(windows.exhausted('a', 0)).toBeUndefined();
    windows.take('a', 0);
    expect(windows.exhausted('a', 500)).toMatchObject({ allowed: false, resetsInMs: 500 });
    expect(windows.exhausted('a', 1000)).toBeUndefined();
  });

  it('knows no more callers than it may, and forgets the oldest first', () => {
    const windows = new FixedWindows(1, 1000, 2);
    windows.take('a', 0);
    windows.take('b', 1);
    windows.take('c', 2);

    expect(windows.exhausted('a', 3)).toBeUndefined();
    expect(windows.exhausted('b', 3)).toBeDefined();
    expect(windows.exhausted('c', 3)).toBeDefined();
  });
});
