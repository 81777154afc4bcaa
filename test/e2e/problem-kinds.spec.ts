import { PROBLEM_CODES } from '../../src/domain/problem-catalogue.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('/problems', () => {
  let t: TestApp;

  beforeAll(async () => {
    t = await createTestApp();
  });

  afterAll(() => t.close());

  it('is where the type of a problem leads', async () => {
    const { body: problem } = await t.as(t.owner.key).post('/prospects', { url: 'ftp://leaf.example/' }).expect(422);

    const { body } = await t.request().get(problem.type).expect(200);

    expect(body).toEqual({ code: problem.code, status: 422, title: problem.title, meaning: expect.stringContaining('http') });
  });

  it('lists every kind', async () => {
    const { body } = await t.request().get('/problems').expect(200);

    const kinds = body.data as { code: string }[];
    expect(kinds.map(({ code }) => code)).toEqual(PROBLEM_CODES);
  });

  it.each(['gone_fishing', '__proto__', 'toString'])('answers 404 for %s', async (code) => {
    const response = await t.request().get(`/problems/${code}`).expect(404);

    expect(response.body.code).toBe('not_found');
  });
});
