import { createTestApp, type TestApp } from '../support/test-app.js';

const TEN_YEARS = 315_360_000;

describe('POST /sandbox/clock/advance', () => {
  let test: TestApp;
  beforeAll(async () => {
    test = await createTestApp({ env: { SANDBOX: 'true' } });
  });
  afterAll(() => test.close());

  const advance = (seconds: number) => test.as(test.owner.key).post('/sandbox/clock/advance', { seconds });
  const offset = async (): Promise<number> => {
    const [row] = await test.db.query<{ seconds: number }[]>('SELECT offset_seconds::float8 AS seconds FROM sandbox_clock');
    return row?.seconds ?? 0;
  };

  it('adds up, however often it is moved, to a hundred years and no further', async () => {
    await advance(99_999).expect(200);
    await advance(99_999).expect(200);
    expect(await offset()).toBe(199_998);

    for (let decade = 1; decade < 10; decade += 1) await advance(TEN_YEARS).expect(200);
    const { body } = await advance(TEN_YEARS).expect(422);
    expect(body.code).toBe('clock_out_of_range');
    expect(await offset()).toBe(199_998 + 9 * TEN_YEARS);
  });
});
