import { makeEnrollment, makeMessage, makeOpportunity, makePitch, makeProject, makeProspect } from '../support/factories.js';
import { writtenTo } from '../support/written-to.js';
import { createTestApp, makeMember, type TestApp, type TestOwner } from '../support/test-app.js';
import { HandOvers } from '../../src/modules/workspaces/hand-overs.service.js';
import { MemberChanges } from '../../src/modules/workspaces/member-changes.service.js';
import { Opportunities } from '../../src/modules/opportunities/opportunities.service.js';
import { ROLE_PERMISSIONS, type Role } from '../../src/domain/permissions.js';
import type { Actor } from '../../src/platform/auth/actor.js';
import { newId } from '../../src/platform/ids.js';

describe('a hand-over', () => {
  let t: TestApp;
  let team: TestOwner;
  let leaver: string;
  let taker: string;

  beforeAll(async () => {
    t = await createTestApp();
  });

  beforeEach(async () => {
    team = await t.makeWorkspace();
    leaver = (await makeMember(t.db, team.workspaceId, 'member')).memberId;
    taker = (await makeMember(t.db, team.workspaceId, 'member')).memberId;
  });

  afterAll(() => t.close());

  const handOver = (body: object, from = leaver) => t.as(team.key).post(`/members/${from}/hand-over`, body);
  const own = (opportunityId: string, memberId = leaver) =>
    t.db.query('UPDATE opportunities SET owner_id = $3 WHERE workspace_id = $1 AND id = $2', [team.workspaceId, opportunityId, memberId]);
  const task = async (assigneeId: string, projectId: string | null = null, doneAt: Date | null = null): Promise<string> => {
    const id = newId();
    await t.db.query(
      `INSERT INTO tasks (workspace_id, id, kind, subject_type, subject_id, project_id, assignee_id, due_at, done_at, created_at)
       VALUES ($1, $2, 'answer_reply', 'opportunity', $2, $3, $4, now(), $5, now())`,
      [team.workspaceId, id, projectId, assigneeId, doneAt],
    );
    return id;
  };
  const ownerOf = async (id: string) =>
    (
      await t.db.query<{ owner_id: string; version: number; stage: string }[]>(
        'SELECT owner_id, version, stage FROM opportunities WHERE workspace_id = $1 AND id = $2',
        [team.workspaceId, id],
      )
    )[0];

  /** A card in contact with a running sequence and a pitch, a closed card, an open task and a done one: all the leaver's. */
  async function aDesk() {
    const enrollment = await makeEnrollment(t.db, team.workspaceId, { state: 'active' });
    const card = enrollment.opportunityId;
    const pitch = await makePitch(t.db, team.workspaceId, { opportunityId: card });
    const closed = await makeOpportunity(t.db, team.workspaceId, { stage: 'declined' });
    await own(card);
    await own(closed.id);
    return { enrollment, card, pitch, closed: closed.id, open: await task(leaver), done: await task(leaver, null, new Date()) };
  }

  it('lists what is in hand, moves it in one call, and lets the member go', async () => {
    const desk = await aDesk();
    const before = await ownerOf(desk.card);
    const [mailBefore] = await t.db.query('SELECT mailbox_id, state, version FROM enrollments WHERE workspace_id = $1 AND id = $2', [
      team.workspaceId,
      desk.enrollment.id,
    ]);

    const listed = await t.as(team.key).get(`/members/${leaver}/open-work`).expect(200);
    const ids = Object.fromEntries(
      (listed.body.work as { kind: string; items: { id: string }[] }[]).map(({ kind, items }) => [kind, items.map(({ id }) => id)]),
    );
    expect(ids).toEqual({
      'api-keys': [],
      jobs: [],
      opportunities: [desk.card],
      tasks: [desk.open],
      enrollments: [desk.enrollment.id],
      pitches: [desk.pitch.id],
      threads: [],
    });

    const response = await handOver({ toMemberId: taker, deactivate: true }).expect(200);

    expect(response.body).toEqual({ moved: { opportunities: 1, tasks: 1, threads: 0 }, left: {} });
    expect(await ownerOf(desk.card)).toEqual({ ...before, owner_id: taker, version: (before?.version ?? 0) + 1 });
    expect(await ownerOf(desk.closed)).toMatchObject({ owner_id: leaver });
    expect(await t.db.query('SELECT id, assignee_id FROM tasks WHERE workspace_id = $1 ORDER BY id', [team.workspaceId])).toEqual([
      { id: desk.open, assignee_id: taker },
      { id: desk.done, assignee_id: leaver },
    ]);
    expect(
      await t.db.query('SELECT mailbox_id, state, version FROM enrollments WHERE workspace_id = $1 AND id = $2', [
        team.workspaceId,
        desk.enrollment.id,
      ]),
    ).toEqual([mailBefore]);
    const member = await t.as(team.key).get(`/members/${leaver}`).expect(200);
    expect(member.body.deactivatedAt).not.toBeNull();
    const log = await t.db.query<{ action: string }[]>('SELECT action FROM audit_log WHERE workspace_id = $1 AND subject_id = $2 ORDER BY id', [
      team.workspaceId,
      leaver,
    ]);
    expect(log.map(({ action }) => action)).toEqual(['member.handed_over', 'member.deactivated']);
  });

  /** A thread of a card that is not the leaver's, given to them to answer. */
  async function givenThread(stage: 'engaged' | 'declined' = 'engaged') {
    const { opportunity, enrollment, mailbox } = await writtenTo(t, team);
    await t.db.query('UPDATE opportunities SET stage = $3 WHERE workspace_id = $1 AND id = $2', [team.workspaceId, opportunity.id, stage]);
    const mail = {
      mailboxId: mailbox.id,
      opportunityId: opportunity.id,
      projectId: opportunity.projectId,
      threadId: enrollment.threadId,
      state: 'sent',
    } as const;
    await makeMessage(t.db, team.workspaceId, { ...mail, sentAt: new Date() });
    await t.as(team.key).post(`/threads/${enrollment.threadId}/assign`, { assigneeId: leaver }).expect(200);
    return { threadId: enrollment.threadId, projectId: opportunity.projectId };
  }
  const answererOf = async (threadId: string): Promise<unknown> =>
    ((await t.as(team.key).get('/threads?limit=100').expect(200)).body.data as { id: string; assigneeId: string }[]).find(
      (one) => one.id === threadId,
    )?.assigneeId;

  it('takes along the threads that the member was given, of closed cards aside', async () => {
    const [open, closed] = [await givenThread(), await givenThread('declined')];
    await t.as(team.key).post('/notes', { threadId: open.threadId, text: 'Ask again in May' }).expect(201);

    const early = await t.as(team.key).patch(`/members/${leaver}`, { deactivated: true }, '*').expect(409);
    const { body } = await handOver({ toMemberId: taker, deactivate: true }).expect(200);

    expect(early.body).toMatchObject({ code: 'open_work', openWork: { threads: 1 } });
    expect(body).toEqual({ moved: { opportunities: 0, tasks: 0, threads: 1 }, left: {} });
    expect([await answererOf(open.threadId), await answererOf(closed.threadId)]).toEqual([taker, leaver]);
  });

  it('takes along threads project by project, to somebody who sees them', async () => {
    const [tea, cup] = [await givenThread(), await givenThread()];
    await t
      .as(team.key)
      .patch(`/members/${taker}`, { projectIds: [tea.projectId] }, '*')
      .expect(200);

    const unseen = await handOver({ toMemberId: taker }).expect(422);
    const { body } = await handOver({ toMemberId: taker, projectIds: [tea.projectId] }).expect(200);

    expect(unseen.body).toMatchObject({ code: 'outside_their_projects', projectIds: [cup.projectId] });
    expect(body).toEqual({ moved: { opportunities: 0, tasks: 0, threads: 1 }, left: { threads: 1 } });
    expect([await answererOf(tea.threadId), await answererOf(cup.threadId)]).toEqual([taker, leaver]);
  });

  it('takes along tasks on sites and people, which are of no project', async () => {
    const { id: prospectId } = await makeProspect(t.db, team.workspaceId);
    const made = await t.as(team.key).post('/tasks', { prospectId, title: 'Read their guidelines', assigneeId: leaver }).expect(201);

    await handOver({ toMemberId: taker }).expect(200);

    const [moved] = (await t.as(team.key).get(`/tasks?filter[subjectId]=${prospectId}`).expect(200)).body.data as {
      id: string;
      assigneeId: string;
    }[];
    expect(moved).toMatchObject({ id: made.body.id, assigneeId: taker });
  });

  it('is asked for before somebody with work in hand can go', async () => {
    await aDesk();

    const response = await t.as(team.key).patch(`/members/${leaver}`, { deactivated: true }, '*').expect(409);

    expect(response.body).toMatchObject({ code: 'open_work', openWork: { opportunities: 1, tasks: 1 } });
    expect((await t.as(team.key).get(`/members/${leaver}`)).body.deactivatedAt).toBeNull();
  });

  it('may go project by project, to different people', async () => {
    const [tea, cup] = [await makeOpportunity(t.db, team.workspaceId), await makeOpportunity(t.db, team.workspaceId)];
    await own(tea.id);
    await own(cup.id);
    const teaProject = ((await t.as(team.key).get(`/opportunities/${tea.id}`)).body as { projectId: string }).projectId;
    await task(leaver, teaProject);

    const early = await handOver({ toMemberId: taker, projectIds: [teaProject], deactivate: true }).expect(409);
    expect(early.body).toMatchObject({ code: 'open_work', openWork: { opportunities: 1 } });
    expect(await ownerOf(tea.id)).toMatchObject({ owner_id: leaver }); // nothing of it happened

    const first = await handOver({ toMemberId: taker, projectIds: [teaProject] }).expect(200);
    expect(first.body).toEqual({ moved: { opportunities: 1, tasks: 1, threads: 0 }, left: { opportunities: 1 } });
    const second = await handOver({ toMemberId: team.memberId, deactivate: true }).expect(200);
    expect(second.body).toEqual({ moved: { opportunities: 1, tasks: 0, threads: 0 }, left: {} });
    expect([await ownerOf(tea.id), await ownerOf(cup.id)]).toMatchObject([{ owner_id: taker }, { owner_id: team.memberId }]);
  });

  it.each<[what: string, body: () => Promise<object> | object, status: number, code: string]>([
    ['to nobody', () => ({}), 400, 'invalid_request'],
    ['to themselves', () => ({ toMemberId: leaver }), 422, 'same_member'],
    ['to somebody who is not there', () => ({ toMemberId: newId() }), 404, 'not_found'],
    ['to somebody of another team', async () => ({ toMemberId: (await t.makeWorkspace()).memberId }), 404, 'not_found'],
    ['to a viewer', async () => ({ toMemberId: (await makeMember(t.db, team.workspaceId, 'viewer')).memberId }), 422, 'viewer_takes_no_work'],
    ['of a project that is not there', () => ({ toMemberId: taker, projectIds: [newId()] }), 404, 'not_found'],
  ])('is not made %s', async (_, body, status, code) => {
    const desk = await aDesk();

    const response = await handOver(await body()).expect(status);

    expect(response.body.code).toBe(code);
    expect(await ownerOf(desk.card)).toMatchObject({ owner_id: leaver });
  });

  it('is not made to somebody who has gone, or who does not see the work', async () => {
    const desk = await aDesk();
    const other = await makeProject(t.db, team.workspaceId);
    const projectId = ((await t.as(team.key).get(`/opportunities/${desk.card}`)).body as { projectId: string }).projectId;

    await t
      .as(team.key)
      .patch(`/members/${taker}`, { projectIds: [other.id] }, '*')
      .expect(200);
    const unseen = await handOver({ toMemberId: taker }).expect(422);
    expect(unseen.body).toMatchObject({ code: 'outside_their_projects', projectIds: [projectId], errors: [{ pointer: '/toMemberId' }] });

    await t.as(team.key).patch(`/members/${taker}`, { deactivated: true }, '*').expect(200);
    expect((await handOver({ toMemberId: taker }).expect(404)).body.errors).toEqual([expect.objectContaining({ pointer: '/toMemberId' })]);
    expect(await ownerOf(desk.card)).toMatchObject({ owner_id: leaver });
  });

  it('may be made when the member has gone already', async () => {
    const desk = await aDesk();
    await t.db.query('UPDATE members SET deactivated_at = now() WHERE workspace_id = $1 AND id = $2', [team.workspaceId, leaver]);

    await handOver({ toMemberId: taker }).expect(200);

    expect(await ownerOf(desk.card)).toMatchObject({ owner_id: taker });
  });

  const actorOf = (memberId: string, role: Role): Actor => ({ ...team.actor, memberId, role, permissions: ROLE_PERMISSIONS[role] });

  it('keeps an owner when two demote each other at once', async () => {
    const changes = t.app.get(MemberChanges);
    for (let round = 0; round < 5; round += 1) {
      const one = await t.makeWorkspace();
      const two = (await makeMember(t.db, one.workspaceId, 'owner')).memberId;

      const results = await Promise.allSettled([
        changes.change(one.actor, two, { role: 'member' }, '*'),
        changes.change({ ...one.actor, memberId: two }, one.memberId, { role: 'member' }, '*'),
      ]);

      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const owners = await t.db.query<object[]>(`SELECT FROM members WHERE workspace_id = $1 AND role = 'owner'`, [one.workspaceId]);
      expect(owners).toHaveLength(1);
    }
  });

  it('refuses who was demoted a moment ago, whatever their credential still says', async () => {
    const second = (await makeMember(t.db, team.workspaceId, 'owner')).memberId;
    const changes = t.app.get(MemberChanges);
    await changes.change(team.actor, second, { role: 'member' }, '*');

    await expect(changes.change(actorOf(second, 'owner'), second, { role: 'owner' }, '*')).rejects.toThrow('members:write');
    await expect(t.app.get(HandOvers).handOver(actorOf(second, 'owner'), leaver, { toMemberId: taker })).rejects.toThrow('members:write');
    await expect(changes.change({ ...team.actor, projectIds: [newId()] }, leaver, { role: 'viewer' }, '*')).rejects.toThrow('only some projects');
  });

  it('leaves no card with somebody who goes while it is given to them', async () => {
    const changes = t.app.get(MemberChanges);
    for (let round = 0; round < 5; round += 1) {
      const { memberId } = await makeMember(t.db, team.workspaceId, 'member');
      const card = await makeOpportunity(t.db, team.workspaceId);

      await Promise.allSettled([
        changes.change(team.actor, memberId, { deactivated: true }, '*'),
        t.app.get(Opportunities).change(team.actor, card.id, { ownerId: memberId }, '*'),
      ]);

      const orphans = await t.db.query<object[]>(
        `SELECT FROM opportunities o JOIN members m ON m.workspace_id = o.workspace_id AND m.id = o.owner_id
          WHERE o.workspace_id = $1 AND m.deactivated_at IS NOT NULL`,
        [team.workspaceId],
      );
      expect(orphans).toEqual([]);
    }
  });
});
