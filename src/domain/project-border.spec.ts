import { borderWord, catalogueBorder, seesTools, wordOfField } from './project-border.js';

describe('wordOfField', () => {
  it.each([
    ['campaignId', 'campaigns'],
    ['targetPageId', 'target-pages'],
    ['mailboxIds', 'mailboxes'],
    ['proofMessageId', 'messages'],
    ['ownerId', 'members'],
    ['assigneeId', 'members'],
    ['apiKeyId', 'api-keys'],
    ['id', undefined],
    ['externalRef', undefined],
    ['subjectId', undefined],
    ['commemberId', undefined],
  ])('takes %s for an id of %s', (field, word) => {
    expect(wordOfField(field)).toBe(word);
  });
});

describe('borderWord', () => {
  it('knows the words of paths, and nothing else', () => {
    expect(borderWord('pitches')).toBe('pitches');
    expect(borderWord('toString')).toBeUndefined();
  });
});

describe('catalogueBorder', () => {
  it.each([
    ['viewer', ['p1'], ['p1']],
    ['viewer', null, null],
    ['member', ['p1'], null],
    ['manager', ['p1'], null],
  ] as const)('of a %s of %j is %j', (role, projectIds, border) => {
    expect(catalogueBorder({ role, projectIds })).toEqual(border);
    expect(seesTools({ role, projectIds })).toBe(border === null);
  });
});
