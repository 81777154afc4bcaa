import { type Answer, AnswerCheck } from '../support/contract/answer-check.js';
import { readContract } from '../support/contract/answer-hook.js';

const check = new AnswerCheck(readContract());

const PROJECT = {
  id: '019a4c6e-7c00-7a4b-8c1d-3f5e6a7b8c9d',
  version: 1,
  name: 'Tea',
  url: 'https://tea.example/',
  domain: 'tea.example',
  externalRef: null,
  linkDomain: null,
  linkDomainVerifiedAt: null,
  createdAt: '2026-11-02T10:00:00.000Z',
};
const EMPTY_HEADERS = { 'x-request-id': 'r1' };
const HEADERS = { ...EMPTY_HEADERS, 'content-type': 'application/json; charset=utf-8', etag: '"1"' };
const PROBLEM_HEADERS = { ...EMPTY_HEADERS, 'content-type': 'application/problem+json' };

const answer = (over: Partial<Answer> & { readonly json?: object } = {}): Answer => ({
  ...{ method: 'GET', path: '/api/v1/projects/{id}', status: 200, headers: HEADERS },
  body: JSON.stringify(over.json ?? PROJECT),
  ...over,
});

const problem = (code: string, more: object = {}): object => ({
  ...{ type: `/problems/${code}`, title: 'Tea', status: 404, detail: 'There is no tea.', instance: '/api/v1/projects', code },
  ...more,
});

describe('AnswerCheck', () => {
  it.each<[string, Answer]>([
    ['a project', answer()],
    ['a problem with facts of its own', answer({ status: 404, headers: PROBLEM_HEADERS, json: problem('not_found', { missing: ['tea'] }) })],
    ['an empty answer', answer({ method: 'DELETE', path: '/api/v1/api-keys/{id}', status: 204, headers: EMPTY_HEADERS, body: '' })],
    ['a streamed body, of which nothing is known here', answer({ body: undefined })],
    ['a page outside of the contract', answer({ path: '/docs' })],
  ])('lets pass %s', (_, given) => {
    expect(check.offence(given)).toBeUndefined();
  });

  it.each<[string, Answer, RegExp]>([
    ['a route that is not in the document', answer({ path: '/api/v1/teas' }), /not in openapi\.json/],
    ['a status that the route does not have', answer({ status: 202 }), /202 is a status that openapi\.json does not know/],
    ['a field too few', answer({ json: { ...PROJECT, domain: undefined } }), /required property 'domain'/],
    ['a field too many', answer({ json: { ...PROJECT, passwordHash: 'x' } }), /passwordHash/],
    ['a fraction', answer({ json: { ...PROJECT, version: 1.5 } }), /\/version must be integer/],
    ['null where there is always something', answer({ json: { ...PROJECT, name: null } }), /\/name must be string/],
    ['a text that is no instant', answer({ json: { ...PROJECT, createdAt: 'yesterday' } }), /\/createdAt must match format/],
    ['another kind of body', answer({ headers: { ...HEADERS, 'content-type': 'text/html' }, body: '<p>' }), /text\/html/],
    ['an error that is no problem', answer({ status: 404, json: { message: 'no' } }), /application\/json, not application\/problem\+json/],
    [
      'a code that the route does not name',
      answer({ status: 404, headers: PROBLEM_HEADERS, json: problem('gone_fishing') }),
      /gone_fishing is not among those of the route/,
    ],
    [
      'a status in the problem that is not that of the answer',
      answer({ status: 404, headers: PROBLEM_HEADERS, json: problem('not_found', { status: 409 }) }),
      /\/status/,
    ],
    ['a header of another form', answer({ headers: { ...HEADERS, ratelimit: 'many' } }), /header RateLimit: .*pattern/],
    [
      'a header that the answer is not said to have',
      answer({ headers: { ...HEADERS, location: '/api/v1/jobs/1' } }),
      /header Location is not told of/,
    ],
    ['a version without its ETag', answer({ headers: { ...HEADERS, etag: undefined } }), /ETag is missing/],
    ['a body where there is none', answer({ method: 'DELETE', path: '/api/v1/api-keys/{id}', status: 204 }), /there is a body/],
  ])('finds %s', (_, given, words) => {
    expect(check.offence(given)).toMatch(words);
  });
});
