import { listEntries } from '../../dist/src/modules/audit/audit-log.queries.js';
import { listBacklinks } from '../../dist/src/modules/backlinks/backlinks.queries.js';
import { listOpportunities, loadBoard } from '../../dist/src/modules/opportunities/opportunities.queries.js';
import { Tasks } from '../../dist/src/modules/opportunities/tasks.service.js';
import { listEnrollments } from '../../dist/src/modules/outreach/enrollments/enrollments.queries.js';
import { listContacts, listProspects } from '../../dist/src/modules/prospects/prospects.queries.js';
import { listMessages } from '../../dist/src/modules/sending/messages/messages.queries.js';
import { readEvents } from '../../dist/src/platform/events/outbox.js';
import { TINY } from './list-tables.mjs';

const LIMIT = 50;

/**
 * Every list that grows with the use of the product, asked for in the ways that people and clients ask.
 * @param read  the ids and places of what is there: `{ workspaceId, project(n), campaign, mailbox, thread, member, depth: { table: [at, id] }, old }`
 */
export function listCases({ workspaceId, small, project, campaign, mailbox, contact, depth, old }) {
  const all = { workspaceId, role: 'owner', projectIds: null };
  const member = (...projects) => ({ workspaceId, role: 'member', projectIds: projects.map(project) });
  const viewer = (...projects) => ({ ...member(...projects), role: 'viewer' });
  const newest = { sort: '-createdAt', limit: LIMIT, filters: {} };
  const range = (field) => ({
    ...newest,
    ranges: {
      [field]: [
        { sign: '>=', at: old[0] },
        { sign: '<', at: old[1] },
      ],
    },
  });
  const search = (text) => ({ ...newest, search: text });
  const where = (filters) => ({ ...newest, filters });
  const ten = Array.from({ length: 10 }, (_, at) => at + 1);
  const borders = [
    ['border: a project of twenty', member(TINY)],
    ['border: a project of 1 %', member(1)],
    ['border: ten projects of 1 %', member(...ten)],
    ['border: half of everything', member(0)],
  ];
  const bordered = (list) => borders.map(([name, actor]) => [name, (db) => list(db, actor, newest)]);
  const common = (list, table) => [
    ['first page', (db) => list(db, all, newest)],
    ['page at depth', (db) => list(db, all, { ...newest, after: depth[table] })],
  ];
  const searched = (list, table) => [
    ...common(list, table),
    ['q rare', (db) => list(db, all, search('orangery'))],
    ['q of 1 %', (db) => list(db, all, search('greenhouse'))],
    ['q common', (db) => list(db, all, search('garden'))],
    ['q common, at depth', (db) => list(db, all, { ...search('garden'), after: depth[table] })],
    ['q in every row', (db) => list(db, all, search('site-'))],
    ['q absent', (db) => list(db, all, search('xyzzy'))],
    ['q of two letters, absent', (db) => list(db, all, search('xq'))],
    ['q rare, in a small workspace', (db) => list(db, { ...all, workspaceId: small }, search('orangery'))],
    ['q common, in a small workspace', (db) => list(db, { ...all, workspaceId: small }, search('garden'))],
    ['range of a day, 58 days ago', (db) => list(db, all, range('createdAt'))],
    ['viewer: a project of twenty', (db) => list(db, viewer(TINY), newest)],
    ['viewer: a project of 1 %', (db) => list(db, viewer(1), newest)],
    ['viewer: half of everything', (db) => list(db, viewer(0), newest)],
    ['viewer: a project of twenty, q common', (db) => list(db, viewer(TINY), search('garden'))],
  ];
  const tasks = (db, actor, filter) => new Tasks(db).list(actor, { limit: LIMIT, filter });
  const events = (db, { projectIds }, { after = { tx: '0', id: '00000000-0000-0000-0000-000000000000' }, types } = {}) =>
    readEvents(db, after, LIMIT + 1, { workspaceId, projectIds, types });
  const audit = (db, list) => listEntries(db, workspaceId, list);

  return {
    prospects: [
      ...searched(listProspects, 'prospects'),
      ['tag of 2 %', (db) => listProspects(db, all, where({ tag: ['press'] }))],
      ['tag that nothing has', (db) => listProspects(db, all, where({ tag: ['none'] }))],
    ],
    contacts: [...searched(listContacts, 'contacts')],
    opportunities: [
      ...common(listOpportunities, 'opportunities'),
      ...bordered(listOpportunities),
      ['one project of 1 %, at depth', (db) => listOpportunities(db, member(1), { ...newest, after: depth.opportunities })],
      ['filter campaignId', (db) => listOpportunities(db, all, where({ campaignId: [campaign] }))],
      ['filter projectId, a project of twenty', (db) => listOpportunities(db, all, where({ projectId: [project(TINY)] }))],
      ['filter projectId and stage', (db) => listOpportunities(db, all, where({ projectId: [project(1)], stage: ['live'] }))],
      ['range of a day by createdAt', (db) => listOpportunities(db, all, range('createdAt'))],
      ['range of a day by stageChangedAt', (db) => listOpportunities(db, all, range('stageChangedAt'))],
      ['board of half of everything', (db) => loadBoard(db, workspaceId, { projectId: project(0) })],
      ['board of a project of twenty', (db) => loadBoard(db, workspaceId, { projectId: project(TINY) })],
    ],
    enrollments: [
      ...common(listEnrollments, 'enrollments'),
      ...bordered(listEnrollments),
      ['filter campaignId', (db) => listEnrollments(db, all, where({ campaignId: [campaign] }))],
    ],
    messages: [
      ['first page', (db) => listMessages(db, all, newest)],
      ['page at depth', (db) => listMessages(db, all, { ...newest, after: depth.messages })],
      ...bordered(listMessages),
      ['filter campaignId', (db) => listMessages(db, all, where({ campaignId: [campaign] }))],
      ['filter mailboxId', (db) => listMessages(db, all, where({ mailboxId: [mailbox] }))],
      ['filter contactId', (db) => listMessages(db, all, where({ contactId: [contact] }))],
      ['filter state that nothing has', (db) => listMessages(db, all, where({ state: ['delivery_unknown'] }))],
      ['filter direction that nothing has', (db) => listMessages(db, all, where({ direction: ['in'] }))],
      ['range of a day by createdAt', (db) => listMessages(db, all, range('createdAt'))],
      ['range of a day by sentAt', (db) => listMessages(db, all, range('sentAt'))],
    ],
    backlinks: [
      ...common(listBacklinks, 'backlinks'),
      ...bordered(listBacklinks),
      ['filter state of 0.5 %', (db) => listBacklinks(db, all, where({ state: ['lost'] }))],
      ['filter state that nothing has', (db) => listBacklinks(db, all, where({ state: ['suspect'] }))],
      ['range of a day', (db) => listBacklinks(db, all, range('createdAt'))],
    ],
    tasks: [
      ['first page', (db) => tasks(db, all)],
      ['open ones', (db) => tasks(db, all, { state: 'open' })],
      ...borders.map(([name, actor]) => [`${name}, open`, (db) => tasks(db, actor, { state: 'open' })]),
    ],
    events: [
      ['first page', (db) => events(db, all)],
      ['page at depth', (db) => events(db, all, { after: depth.events })],
      ...borders.map(([name, actor]) => [name, (db) => events(db, actor)]),
      ['filter type of 0.2 %', (db) => events(db, all, { types: ['backlink.lost'] })],
      ['filter type that nothing has', (db) => events(db, all, { types: ['pitch.overdue'] })],
    ],
    audit: [
      ['first page', (db) => audit(db, newest)],
      ['page at depth', (db) => audit(db, { ...newest, after: depth.audit_log })],
      ['filter action of 0.1 %', (db) => audit(db, where({ action: ['member.changed'] }))],
      ['filter action that nothing has', (db) => audit(db, where({ action: ['workspace.changed'] }))],
      ['filter subjectId', (db) => audit(db, where({ subjectId: [contact.replace('7009', '7008')] }))],
      ['filter requestId', (db) => audit(db, where({ requestId: ['request-7'] }))],
      ['filter via that nothing has', (db) => audit(db, where({ via: ['key'] }))],
      ['range of a day', (db) => audit(db, range('createdAt'))],
    ],
  };
}
