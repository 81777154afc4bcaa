import { wordOfField } from '../../src/domain/project-border.js';
import { recordsIn } from '../../src/domain/record-types.js';
import type { PlantedIds } from './planted-things.js';

/**
 * Bodies that are right, with ids of the caller's own, so that nothing but a foreign id put into them can be wrong. A route
 * whose body holds ids is not forgotten: without one here, the walks complain.
 * @param field  that is to be in it, where only one of several may be
 */
export function rightBody(name: string, own: PlantedIds, field = ''): object | string {
  const id = (word: string): string => own[word] ?? `no-id-of-${word}`;
  const body = (WITH_IDS[name] ?? WITHOUT_IDS[name] ?? (() => ({})))(id);
  return ON_RECORD.includes(name) && typeof body === 'object' ? { ...onRecord(field, id), ...body } : body;
}

/** Routes whose body names one of several records. */
const ON_RECORD = ['post /tasks', 'post /notes'];

/** The record that a field of a body names, or an opportunity. @param field  as in `/prospectId` */
function onRecord(field: string, id: (word: string) => string): object {
  const name = recordsIn({ [field.slice(1)]: 'named' }).length > 0 ? field.slice(1) : 'opportunityId';
  return { [name]: id(wordOfField(name) ?? name) };
}

/** Query parameters that a route asks for. */
export const RIGHT_QUERIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'delete /suppressions/{id}': { reason: 'because' },
};

/** Routes that work only with another thing of the kind that their path names. */
export const RIGHT_PLACES: Readonly<Record<string, string>> = {
  'patch /campaigns/{id}': 'idle-campaigns',
  'post /members/{id}/hand-over': 'colleagues',
  'post /contacts/{id}/merge': 'doubles',
};

type Body = (id: (word: string) => string) => object | string;

/** Of routes with no id in the body. */
const WITHOUT_IDS: Readonly<Record<string, Body>> = {
  'post /projects': () => ({ name: 'Walk', url: 'https://walk-shop.example/' }),
  'post /projects/{projectId}/target-pages': () => ({ url: 'https://tea.example/new' }),
  'post /prospects/{id}/contacts': () => ({ email: 'someone@leaf.example' }),
  'post /contacts/{id}/erase': () => ({ reason: 'because' }),
  'post /contacts/{id}/consent-override': () => ({ reason: 'because' }),
  'post /notes': () => ({ text: 'They like tea' }),
  'patch /notes/{id}': () => ({ text: 'They like tea' }),
  'post /opportunities/{id}/moves': () => ({ to: 'declined', reason: 'because' }),
  'post /enrollments/{id}/moves': () => ({ to: 'stopped' }),
  'post /messages/{id}/resolve': () => ({ outcome: 'abandon', reason: 'because' }),
  'post /pitches/{pitchId}/drafts': () => ({ text: 'Once upon a time' }),
  'patch /backlinks/{id}': () => ({ expectedAnchor: 'tea' }),
  'post /backlinks/{id}/moves': () => ({ to: 'closed' }),
  'post /backlinks/{id}/attestations': () => ({ outcome: 'live', note: 'seen', expiresAt: '2026-11-12T00:00:00Z' }),
  'post /mailboxes/oauth': (id) => ({ provider: 'google', mailboxId: id('mailboxes') }),
  'post /mailboxes/{id}/inbound': () => 'From: a@leaf.example\r\n\r\nHello',
  'post /sequences/starters': () => ({ tactic: 'guest_post' }),
  'post /threads/{id}/classify': () => ({ class: 'interested' }),
  'post /webhook-endpoints/{id}/replay': () => ({ since: '2026-11-01T00:00:00Z' }),
};

const STEPS = (id: (word: string) => string) => {
  const templateId = id('templates');
  return [{ templateId, delay: { value: 0, unit: 'minutes' }, variants: [{ templateId }, { templateId }] }];
};
const PARTS = (id: (word: string) => string) => ({
  ...{ projectId: id('projects'), targetPageId: id('target-pages') },
  ...{ sequenceId: id('sequences'), mailboxIds: [id('mailboxes')] },
});

const WITH_IDS: Readonly<Record<string, Body>> = {
  'post /contacts/{id}/merge': (id) => ({ intoContactId: id('contacts') }),
  'post /invitations': (id) => ({ email: 'walker@far.example', role: 'member', projectIds: [id('projects')] }),
  'patch /members/{id}': (id) => ({ projectIds: [id('projects')] }),
  'post /members/{id}/hand-over': (id) => ({ toMemberId: id('members'), projectIds: [id('projects')] }),
  'post /webhook-endpoints': (id) => ({
    ...{ url: 'http://127.0.0.1:9/hooks', eventTypes: ['*'] },
    ...{ projectIds: [id('projects')], campaignIds: [id('campaigns')] },
  }),
  'patch /webhook-endpoints/{id}': (id) => ({ projectIds: [id('projects')], campaignIds: [id('campaigns')] }),
  'patch /api-keys/{id}': (id) => ({ projectIds: [id('projects')] }),
  'post /api-keys': (id) => ({ name: 'mail in', scopes: ['inbound:write'], mailboxId: id('mailboxes'), projectIds: [id('projects')] }),
  'post /suppressions': (id) => ({ kind: 'address', value: 'walker@far.example', reason: 'asked', projectId: id('projects') }),
  'post /templates/{id}/preview': (id) => ({
    ...{ contactId: id('contacts'), opportunityId: id('opportunities') },
    ...{ campaignId: id('campaigns'), mailboxId: id('mailboxes') },
  }),
  'post /sequences': (id) => ({ name: 'One mail', steps: STEPS(id) }),
  'patch /sequences/{id}': (id) => ({ steps: STEPS(id) }),
  'post /campaigns': (id) => ({ name: 'Walk', tactic: 'guest_post', ...PARTS(id) }),
  'patch /campaigns/{id}': PARTS,
  'post /opportunities': (id) => ({ campaignId: id('campaigns'), prospectId: id('prospects'), ownerId: id('members') }),
  'patch /opportunities/{id}': (id) => ({ ownerId: id('members') }),
  'post /opportunities/{id}/agreements': (id) => ({
    ...{ via: 'direct', compensation: 'none', items: [{ targetUrl: 'https://tea.example/' }] },
    ...{ pitchId: id('pitches'), proofMessageId: id('messages') },
  }),
  'post /opportunities/{id}/report-links': (id) => ({ contactId: id('contacts') }),
  'post /threads/{id}/assign': (id) => ({ assigneeId: id('members') }),
  'post /threads/{id}/reply': (id) => ({
    text: 'Gladly.',
    templateId: id('templates'),
    followUp: { templateId: id('templates'), afterBusinessDays: 3 },
  }),
  'post /tasks': (id) => ({ title: 'Call them', assigneeId: id('members') }),
  'patch /tasks/{id}': (id) => ({ assigneeId: id('members') }),
  'post /enrollments': (id) => ({ campaignId: id('campaigns'), contactId: id('contacts'), opportunityId: id('opportunities') }),
  'post /enrollments/bulk': (id) => ({
    items: [{ campaignId: id('campaigns'), contactId: id('contacts'), opportunityId: id('opportunities') }],
  }),
  'post /campaigns/{id}/prospects': (id) => ({
    items: [{ url: 'https://walker-leaf.example/', contacts: [], enroll: false, ownerId: id('members') }],
  }),
  'post /messages/bulk': (id) => ({ items: [{ id: id('messages'), ifVersion: 1, action: 'release' }] }),
  'post /pitches': (id) => ({ opportunityId: id('opportunities'), topics: [{ title: 'A walk' }] }),
  'post /pitches/{id}/moves': (id) => ({ to: 'accepted', topicId: id('topics'), agreementId: id('agreements') }),
  'post /backlinks': (id) => ({
    ...{ sourceUrl: 'http://127.0.0.1:9/walk', targetUrl: 'https://own-shop.example/guide' },
    ...{ opportunityId: id('opportunities'), projectId: id('projects') },
  }),
};
