import { boundedData, subjectOf } from './event-data.js';

const ID = '01890000-0000-7000-8000-000000000001';

describe('boundedData', () => {
  it('leaves alone what a receiver takes', () => {
    const data = { object: { type: 'backlink', id: ID, sourceUrl: `https://tea.example/${'a'.repeat(2000)}` } };

    expect(boundedData(data)).toBe(data);
  });

  it('keeps only names and places of what is too large', () => {
    const object = { type: 'backlink', id: ID, contactId: ID, sourceUrl: 'x'.repeat(20_000) };

    expect(boundedData({ object, previous: { state: 'live' }, projectId: ID, externalRef: 'r' })).toEqual({
      object: { type: 'backlink', id: ID, contactId: ID },
      projectId: ID,
      truncated: true,
    });
  });

  it('counts bytes, not characters', () => {
    expect(boundedData({ object: { type: 'prospect', id: ID, name: '茶'.repeat(7000) } })).toHaveProperty('truncated', true);
    expect(boundedData({ object: { type: 'prospect', id: ID, name: 'a'.repeat(7000) } })).not.toHaveProperty('truncated');
  });

  it('bounds even ids that are none', () => {
    const bounded = boundedData({ object: { type: 'x'.repeat(20_000), id: 'y'.repeat(20_000) }, projectId: 'z'.repeat(20_000) });

    expect(bounded).toEqual({ object: {}, truncated: true });
  });
});

describe('subjectOf', () => {
  it.each([
    ['the id of the object', { object: { type: 'pitch', id: ID } }, ID],
    ['nothing of an object without one', { object: { type: 'pitch' } }, undefined],
    ['nothing of an id that is none', { object: { id: 'seven' } }, undefined],
    ['nothing where there is no object', {}, undefined],
  ])('takes %s', (_, data, subject) => {
    expect(subjectOf(data)).toBe(subject);
  });
});
