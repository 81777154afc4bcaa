import { DAY_MS, HOUR_MS } from '../../src/platform/clock.js';
import { newId } from '../../src/platform/ids.js';
import { hashToken } from '../../src/platform/secrets/tokens.js';
import { makeProject } from '../support/factories.js';
import { createMailingApp, type MailingApp, PUBLIC_URL } from '../support/system-mails.js';
import { createTestApp, makeMember, type TestOwner } from '../support/test-app.js';

const PASSWORD = 'a password of her own';

describe('an invitation', () => {
  let t: MailingApp;
  let team: TestOwner;
  let email: string;

  beforeAll(async () => {
    t = await createMailingApp();
  });

  beforeEach(async () => {
    team = await t.makeWorkspace();
    email = `ann-${newId()}@tea.example`;
  });

  afterAll(() => t.close());

  const invite = (body: object = {}, key = team.key) => t.as(key).post('/invitations', { email, role: 'member', ...body });
  const open = (token: string) => t.request().post('/api/v1/auth/invitations/open').send({ token });
  const accept = (token: string, body: object = { name: 'Ann', password: PASSWORD }, cookie = '') =>
    t
      .request()
      .post('/api/v1/auth/invitations/accept')
      .set('cookie', cookie)
      .send({ token, ...body });
  const logIn = (body: object) => t.request().post('/api/v1/auth/login').send(body);
  const cookieOf = (response: { headers: Record<string, unknown> }): string =>
    String((response.headers['set-cookie'] as string[])[0]).split(';')[0] ?? '';
  const usersAt = (address: string) => t.db.query<{ id: string }[]>('SELECT id FROM users WHERE lower(email) = lower($1)', [address]);

  it('goes out by mail, makes an account, and lets its owner in with what was promised', async () => {
    const project = await makeProject(t.db, team.workspaceId);

    const sent = await invite({ role: 'viewer', projectIds: [project.id] })
      .set('host', 'evil.example')
      .expect(201);

    expect(sent.body).toEqual({
      ...{ id: sent.body.id, version: 1, email, role: 'viewer', projectIds: [project.id], state: 'pending', inviterId: team.memberId, link: null },
      ...{ createdAt: '2026-11-02T10:00:00.000Z', expiresAt: '2026-11-09T10:00:00.000Z' },
    });
    const mail = await t.nextMail();
    expect(mail).toMatchObject({ to: email, from: 'links@tea.example', subject: 'owner invites you to Tea links on Linkwright' });
    expect(mail.link).toBe(`${PUBLIC_URL}/invitation#token=${mail.token}`);
    expect(mail.text).toContain('as viewer');
    expect(mail.text).toContain('9 November 2026');
    expect(mail.html).toContain(`href="${mail.link}"`);
    expect(mail.raw).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(mail.token).toMatch(/^[\w-]{43}$/);

    const opened = await open(mail.token).expect(200);
    expect(opened.body).toEqual({
      ...{ workspaceName: 'Tea links', inviterName: 'owner', email, role: 'viewer', accountExists: false, expiresAt: '2026-11-09T10:00:00.000Z' },
    });

    const accepted = await accept(mail.token).expect(201);
    expect(accepted.body).toMatchObject({ workspaceId: team.workspaceId, workspaceName: 'Tea links', role: 'viewer', loggedIn: true });
    const me = await t.request().get('/api/v1/auth/me').set('cookie', cookieOf(accepted)).expect(200);
    expect(me.body).toMatchObject({ user: { name: 'Ann', email }, role: 'viewer', workspace: { id: team.workspaceId } });
    const member = await t.as(team.key).get(`/members/${accepted.body.memberId}`).expect(200);
    expect(member.body).toMatchObject({ role: 'viewer', projectIds: [project.id] });
    await logIn({ email, password: PASSWORD }).expect(200);
    expect((await accept(mail.token).expect(409)).body.code).toBe('invitation_used');
    expect((await open(mail.token).expect(409)).body.code).toBe('invitation_used');
  });

  it('keeps its token in no table and in no job', async () => {
    await invite().expect(201);
    const { token } = await t.nextMail();

    const [row] = await t.db.query<{ token_hash: string }[]>('SELECT token_hash FROM invitations WHERE workspace_id = $1', [team.workspaceId]);
    expect(row?.token_hash).toBe(hashToken(token));
    const jobs = await t.db.query<{ data: object }[]>(`SELECT data FROM pgboss.job WHERE name = 'system_mail'`);
    const log = await t.db.query<{ details: object }[]>('SELECT details FROM audit_log WHERE workspace_id = $1', [team.workspaceId]);
    expect(jobs.length).toBeGreaterThan(0);
    for (const text of [JSON.stringify(jobs), JSON.stringify(log)]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain('@tea.example');
    }
  });

  it('is renewed when the address is invited again, and when it is sent again: only the newest link works', async () => {
    const first = await invite().expect(201);
    const one = await t.nextMail();
    t.clock.advance(HOUR_MS);

    const second = await invite({ role: 'manager', email: email.toUpperCase() }).expect(200);
    expect(second.body).toMatchObject({
      id: first.body.id,
      version: 2,
      role: 'manager',
      expiresAt: new Date(t.clock.now().getTime() + 7 * DAY_MS).toISOString(),
    });
    const two = await t.nextMail();
    await open(one.token).expect(404);
    await open(two.token).expect(200);

    const third = await t.as(team.key).post(`/invitations/${first.body.id}/resend`).expect(200);
    expect(third.body).toMatchObject({ id: first.body.id, version: 3, role: 'manager' });
    const three = await t.nextMail();
    await open(two.token).expect(404);
    await open(three.token).expect(200);
    expect((await t.as(team.key).get('/invitations').expect(200)).body.data).toHaveLength(1);
  });

  it('is listed with its state, and can be taken back', async () => {
    const { body } = await invite().expect(201);
    const { token } = await t.nextMail();
    const listed = async (state: string) => (await t.as(team.key).get(`/invitations?filter[state]=${state}`).expect(200)).body.data as object[];
    expect(await listed('pending')).toEqual([expect.objectContaining({ id: body.id, state: 'pending' })]);
    expect(await listed('accepted,revoked,expired')).toEqual([]);

    await t.as(team.key).delete(`/invitations/${body.id}`).expect(428);
    await t.as(team.key).delete(`/invitations/${body.id}`, '"7"').expect(412);
    await t.as(team.key).delete(`/invitations/${newId()}`, '*').expect(404);
    await t.as(team.key).delete(`/invitations/${body.id}`, '"1"').expect(204);

    await open(token).expect(404);
    await accept(token).expect(404);
    expect(await usersAt(email)).toEqual([]);
    expect(await listed('revoked')).toEqual([expect.objectContaining({ id: body.id })]);
    expect((await t.as(team.key).post(`/invitations/${body.id}/resend`).expect(409)).body.code).toBe('invitation_closed');
    await invite().expect(201); // anew
    await t.nextMail();
  });

  it('expires after seven days', async () => {
    const { body } = await invite().expect(201);
    const { token } = await t.nextMail();

    t.clock.advance(7 * DAY_MS);

    expect((await open(token).expect(409)).body.code).toBe('invitation_expired');
    expect((await accept(token).expect(409)).body.code).toBe('invitation_expired');
    expect(await usersAt(email)).toEqual([]);
    await t.as(team.key).post(`/invitations/${body.id}/resend`).expect(200);
    await accept((await t.nextMail()).token).expect(201);
  });

  it('cannot be taken back once it was accepted', async () => {
    const { body } = await invite().expect(201);
    await accept((await t.nextMail()).token).expect(201);

    expect((await t.as(team.key).delete(`/invitations/${body.id}`, '*').expect(409)).body.code).toBe('invitation_closed');
  });

  it('does not outlive the rights of who wrote it', async () => {
    await invite({ role: 'owner' }).expect(201);
    const { token } = await t.nextMail();

    await t.db.query(`UPDATE members SET role = 'manager' WHERE workspace_id = $1 AND id = $2`, [team.workspaceId, team.memberId]);
    await accept(token).expect(404);
    await t.db.query(`UPDATE members SET role = 'owner' WHERE workspace_id = $1 AND id = $2`, [team.workspaceId, team.memberId]);
    await open(token).expect(200);

    await makeMember(t.db, team.workspaceId, 'owner');
    await t.as(team.key).patch(`/members/${team.memberId}`, { deactivated: true }, '*').expect(200);
    await accept(token).expect(404);
    expect(await t.db.query('SELECT revoked_at IS NULL AS open FROM invitations WHERE workspace_id = $1', [team.workspaceId])).toEqual([
      { open: false },
    ]);
  });

  it.each<[what: string, body: object, status: number, code: string, pointer: string | undefined]>([
    ['no address', { email: 'ann' }, 422, 'invalid_email', '/email'],
    ['an address that no mail can be sent to', { email: '"ann b"@tea.example' }, 422, 'invalid_email', '/email'],
    ['a role that is none', { role: 'king' }, 400, 'invalid_request', '/role'],
    ['an owner with a border', { role: 'owner', projectIds: ['01890000-0000-7000-8000-000000000000'] }, 422, 'owner_sees_all', '/projectIds'],
    ['a project that is not there', { projectIds: ['01890000-0000-7000-8000-000000000000'] }, 404, 'not_found', '/projectIds/0'],
  ])('is refused for %s', async (_, body, status, code, pointer) => {
    const response = await invite(body).expect(status);

    expect(response.body.code).toBe(code);
    expect(response.body.errors[0].pointer).toBe(pointer);
    expect((await t.as(team.key).get('/invitations')).body.data).toEqual([]);
  });

  it('is refused for who is in the workspace, or was', async () => {
    const { memberId, email: known } = await makeMember(t.db, team.workspaceId, 'member');

    expect((await invite({ email: known.toUpperCase() }).expect(409)).body).toMatchObject({ code: 'already_member', memberId });
    await t.as(team.key).patch(`/members/${memberId}`, { deactivated: true }, '*').expect(200);
    expect((await invite({ email: known }).expect(409)).body.detail).toContain('bring them back');
  });

  it.each(['manager', 'member', 'viewer'] as const)('is not sent by a %s', async (role) => {
    const key = await t.makeKey(role, { of: team });

    await invite({}, key).expect(403);
    await t.as(key).get('/invitations').expect(403);
  });

  it('gives nothing that the key which sends it does not hold', async () => {
    const narrow = await t.makeKey(['members:write'], { of: team });

    expect((await invite({ role: 'viewer' }, narrow).expect(422)).body.code).toBe('role_exceeds_yours');
  });

  it('tells a new account what it needs', async () => {
    await invite().expect(201);
    const { token } = await t.nextMail();

    const response = await accept(token, {}).expect(422);
    expect(response.body.code).toBe('account_details_required');
    expect((response.body.errors as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(['/name', '/password']);
    await accept(token, { name: 'Ann', password: 'short' }).expect(400);
    await t
      .request()
      .post('/api/v1/auth/invitations/accept')
      .set('origin', 'https://evil.example')
      .send({ token, name: 'Ann', password: PASSWORD })
      .expect(403);
    expect(await usersAt(email)).toEqual([]);
  });

  it('lets one of two at once make the account', async () => {
    await invite().expect(201);
    const { token } = await t.nextMail();

    const responses = await Promise.all([accept(token), accept(token, { name: 'Eve', password: 'another long password' })]);

    expect(responses.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(await usersAt(email)).toHaveLength(1);
  });
});

describe('an installation without a mail server', () => {
  it('gives the link to who invites, to pass on', async () => {
    const t = await createTestApp();

    const sent = await t.as(t.owner.key).post('/invitations', { email: 'ann@tea.example', role: 'member' }).expect(201);

    expect(sent.body.link).toMatch(/^http:\/\/localhost:3000\/invitation#token=[\w-]{43}$/);
    const token = String(sent.body.link).split('#token=')[1] ?? '';
    await t.request().post('/api/v1/auth/invitations/open').send({ token }).expect(200);
    expect((await t.as(t.owner.key).get('/invitations').expect(200)).text).not.toContain(token);
    expect(await t.db.query(`SELECT FROM pgboss.job WHERE name = 'system_mail'`)).toEqual([]);
    await t.close();
  });
});
