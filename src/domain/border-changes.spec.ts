import { changeRuleOf, meetsBorder } from './border-changes.js';

describe('meetsBorder', () => {
  it.each([
    ['PATCH', '/workspace'],
    ['POST', '/workspaces'],
    ['POST', '/mailboxes/:id/inbound'],
    ['PATCH', '/templates/:id'],
    ['post', '/nobody-knows/:id/this'],
    ['DELETE', '/toString'],
  ])('asks about %s %s', (method, path) => {
    expect(meetsBorder(method, path)).toBe(true);
  });

  it.each([
    ['GET', '/workspace'],
    ['HEAD', '/nobody-knows'],
    ['POST', '/templates'],
    ['POST', '/templates/:id/preview'],
    ['PATCH', '/campaigns/:id'],
    ['POST', '/prospects/bulk'],
    ['POST', '/auth/logout'],
  ])('lets pass %s %s', (method, path) => {
    expect(meetsBorder(method, path)).toBe(false);
  });
});

describe('changeRuleOf', () => {
  it('goes by the whole first word', () => {
    expect(changeRuleOf('/workspace')?.reach).toBe('nothing');
    expect(changeRuleOf('/tasks/:id')?.reach).toBe('inside');
    expect(changeRuleOf('/task')).toBeUndefined();
  });
});
