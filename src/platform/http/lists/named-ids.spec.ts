import { idsInFields, idsInPath } from './named-ids.js';

const A = '01890000-0000-7000-8000-00000000000a';
const B = '01890000-0000-7000-8000-00000000000b';
const request = (over: object) => ({ route: '/api/v1/things', params: {}, query: {}, body: undefined, ...over });

describe('idsInPath', () => {
  it('names each id by the word before it', () => {
    const params = { pitchId: A, id: B };

    expect(idsInPath({ route: '/api/v1/pitches/:pitchId/drafts/:id', params })).toEqual([
      { word: 'pitches', id: A },
      { word: 'drafts', id: B },
    ]);
  });

  it('leaves alone what is no id', () => {
    expect(idsInPath({ route: '/api/v1/pitches/:id', params: { id: 'tea' } })).toEqual([]);
  });
});

describe('idsInFields', () => {
  it('finds ids in filters, operators and parameters', () => {
    const query = { projectId: A, filter: { campaignId: `${A},${B}`, ownerId: { ne: B }, stage: 'live' } };

    expect(idsInFields(request({ query }))).toEqual([
      { field: 'projectId', id: A, pointer: '?projectId' },
      { field: 'campaignId', id: A, pointer: '?filter[campaignId]' },
      { field: 'campaignId', id: B, pointer: '?filter[campaignId]' },
      { field: 'ownerId', id: B, pointer: '?filter[ownerId][ne]' },
    ]);
  });

  it('finds ids in bodies, lists and inner objects', () => {
    const body = { mailboxIds: [A, B], steps: [{ templateId: A }], name: B };

    expect(idsInFields(request({ body }))).toEqual([
      { field: 'mailboxIds', id: A, pointer: '/mailboxIds/0' },
      { field: 'mailboxIds', id: B, pointer: '/mailboxIds/1' },
      { field: 'templateId', id: A, pointer: '/steps/0/templateId' },
    ]);
  });

  it('leaves the items of a bulk request to themselves, and mails unread', () => {
    const items = [{ campaignId: A }];

    expect(idsInFields(request({ route: '/api/v1/things/bulk', body: { items } }))).toEqual([]);
    expect(idsInFields(request({ body: { items } }))).toHaveLength(1);
    expect(idsInFields(request({ body: Buffer.from('Subject: campaignId') }))).toEqual([]);
  });
});
