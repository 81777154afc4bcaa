import type { EntityManager } from 'typeorm';
import { fieldOfColumn, noteChanges, shownChanges, takeChanges } from './noted-changes.js';

const ID = '01890000-0000-7000-8000-000000000001';

describe('shownChanges', () => {
  it.each([
    ['a state', 'pitch', 'state', 'draft', 'pitched', { from: 'draft', to: 'pitched' }],
    ['a number', 'mailbox', 'perDay', 5, 7, { from: 5, to: 7 }],
    ['a flag', 'workspace', 'replyStopsSite', true, false, { from: true, to: false }],
    ['an id', 'opportunity', 'ownerId', null, ID, { from: null, to: ID }],
    ['ids', 'member', 'projectIds', null, [ID], { from: null, to: [ID] }],
    ['an instant', 'task', 'dueAt', null, new Date(0), { from: null, to: '1970-01-01T00:00:00.000Z' }],
    ['scopes', 'api_key', 'scopes', ['*'], ['tasks:read'], { from: ['*'], to: ['tasks:read'] }],
    ['the role of a member', 'member', 'role', 'member', 'owner', { from: 'member', to: 'owner' }],
    ['no name', 'contact', 'firstName', 'Mei', 'Lin', {}],
    ['no role of a contact, which is a text', 'contact', 'role', 'Editor', null, {}],
    ['no zone of a contact', 'contact', 'timeZone', 'Asia/Tokyo', null, {}],
    ['no text, though it was empty before', 'workspace', 'postalAddress', null, 'Leaf Lane 1', {}],
    ['no words', 'prospect', 'tags', [], ['Mei'], {}],
    ['no object', 'campaign', 'sendWindow', null, { note: 'Mei' }, {}],
    ['no bytes', 'mailbox', 'dkimKey', null, Buffer.from('Mei'), {}],
  ] as const)('shows %s', (_, subjectType, field, from, to, shown) => {
    expect(shownChanges(subjectType, { [field]: { from, to } })).toEqual([{ field, ...shown }]);
  });

  it('leaves out what is as it was', () => {
    expect(
      shownChanges('task', { dueAt: { from: new Date(0), to: new Date(0) }, kind: { from: 'a', to: 'a' }, ids: { from: [1], to: [1] } }),
    ).toEqual([]);
  });
});

describe('what a transaction notes', () => {
  const transaction = (): EntityManager => Object.create(null) as EntityManager; // only its identity counts

  it('goes from the first value to the last, once', () => {
    const tx = transaction();
    noteChanges(tx, 'a', { state: { from: 'draft', to: 'pitched' } });
    noteChanges(tx, 'a', { state: { from: 'pitched', to: 'accepted' }, perDay: { from: 1, to: 2 } });

    expect(takeChanges(tx, 'a')).toEqual({ state: { from: 'draft', to: 'accepted' }, perDay: { from: 1, to: 2 } });
    expect(takeChanges(tx, 'a')).toEqual({});
  });

  it('stays with its thing and its transaction', () => {
    const tx = transaction();
    noteChanges(tx, 'a', { state: { from: 'x', to: 'y' } });

    expect(takeChanges(tx, 'b')).toEqual({});
    expect(takeChanges(transaction(), 'a')).toEqual({});
  });
});

it.each([
  ['smtp_password_sealed', 'smtpPassword'],
  ['password_hash', 'password'],
  ['state', 'state'],
  ['current_version_id', 'currentVersionId'],
])('calls %s %s', (column, field) => {
  expect(fieldOfColumn(column)).toBe(field);
});
