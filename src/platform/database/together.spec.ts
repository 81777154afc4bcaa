import { Together } from './together.js';

interface Call {
  readonly group: string;
  readonly key: string;
}

const call = (key: string, group = 'tea'): Call => ({ group, key });

/** Answers each call with its key, and remembers which were made together and which alone. */
function watched(together?: (calls: readonly Call[]) => (string | undefined)[]) {
  const runs: string[][] = [];
  const alone: string[] = [];
  const meeting = new Together<Call, string>({
    groupOf: ({ group }) => group,
    keyOf: ({ key }) => key,
    atMost: 3,
    together: async (calls) => {
      runs.push(calls.map(({ key }) => key));
      await Promise.resolve();
      return together ? together(calls) : calls.map(({ key }) => key);
    },
    alone: ({ key }) => {
      alone.push(key);
      return key === 'bad' ? Promise.reject(new Error('bad')) : Promise.resolve(key);
    },
  });
  return { meeting, runs, alone };
}

describe('Together', () => {
  it('makes what is asked for at the same time in one run, and gives each its own answer', async () => {
    const { meeting, runs } = watched();

    const answers = await Promise.all([call('a'), call('b'), call('c')].map((one) => meeting.ask(one)));

    expect(answers).toEqual(['a', 'b', 'c']);
    expect(runs).toEqual([['a', 'b', 'c']]);
  });

  it('leaves what is too much for the next run', async () => {
    const { meeting, runs } = watched();

    await Promise.all(['a', 'b', 'c', 'd'].map((key) => meeting.ask(call(key))));

    expect(runs).toEqual([['a', 'b', 'c'], ['d']]);
  });

  it('never lets two of one key meet, and keeps their order', async () => {
    const { meeting, runs } = watched();

    await Promise.all(['a', 'a', 'b', 'a'].map((key) => meeting.ask(call(key))));

    expect(runs).toEqual([['a', 'b'], ['a'], ['a']]);
  });

  it('never lets two groups meet', async () => {
    const { meeting, runs } = watched();

    await Promise.all([meeting.ask(call('a', 'tea')), meeting.ask(call('b', 'coffee'))]);

    expect(runs).toEqual([['a'], ['b']]);
  });

  it('makes alone what a run cannot answer', async () => {
    const { meeting, alone } = watched((calls) => calls.map(({ key }) => (key === 'held' ? undefined : key)));

    expect(await Promise.all([meeting.ask(call('a')), meeting.ask(call('held'))])).toEqual(['a', 'held']);
    expect(alone).toEqual(['held']);
  });

  it('makes each alone where the run fails, so that only the one to blame fails', async () => {
    const { meeting } = watched((calls) => {
      if (calls.some(({ key }) => key === 'bad')) throw new Error('one of them');
      return calls.map(({ key }) => key);
    });

    const ended = await Promise.allSettled(['a', 'bad', 'c'].map((key) => meeting.ask(call(key))));

    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(meeting.ask(call('d'))).resolves.toBe('d');
  });
});
