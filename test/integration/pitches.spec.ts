import { Conflict, IllegalTransition, NotFound, VersionMismatch } from '../../src/domain/errors.js';
import { Pitches } from '../../src/modules/pitches/pitches.service.js';
import { newId } from '../../src/platform/ids.js';
import { makeBacklink, makeEnrollment, makeOpportunity, makePitch } from '../support/factories.js';
import { createTestApp, TEST_START, type TestApp } from '../support/test-app.js';

let t: TestApp;
let pitches: Pitches;

beforeAll(async () => {
  t = await createTestApp();
  pitches = t.app.get(Pitches);
});
afterAll(async () => {
  await t.close();
});

const workspaceId = () => t.owner.workspaceId;
const offer = (opportunityId: string, ...titles: string[]) =>
  pitches.create(t.owner.actor, { opportunityId, topics: titles.map((title) => ({ title })) });

/** Two cards of one project, each of another site. */
async function twoSites() {
  const first = await makeOpportunity(t.db, workspaceId(), { stage: 'engaged' });
  const place = { campaignId: first.campaignId, projectId: first.projectId, stage: 'engaged' as const };
  return [first, await makeOpportunity(t.db, workspaceId(), place)] as const;
}

async function makeAgreement(opportunityId: string): Promise<string> {
  const id = newId();
  await t.db.query(
    `INSERT INTO agreements (workspace_id, id, opportunity_id, number, via, compensation, created_at) VALUES ($1, $2, $3, 1, 'direct', 'none', $4)`,
    [workspaceId(), id, opportunityId, TEST_START],
  );
  return id;
}

async function stateOf(table: 'opportunities' | 'enrollments' | 'backlinks', id: string): Promise<unknown> {
  const column = table === 'opportunities' ? 'stage' : 'state';
  const [row] = await t.db.query<{ state: string }[]>(`SELECT ${column} AS state FROM ${table} WHERE workspace_id = $1 AND id = $2`, [
    workspaceId(),
    id,
  ]);
  return row?.state;
}

describe('a topic', () => {
  it('is offered to one site of a project at a time, however it is written', async () => {
    const [here, there] = await twoSites();
    const first = await offer(here.id, 'Tea and health', 'Tea at home');

    const second = offer(there.id, 'Something else', '  TEA and Health ');

    await expect(second).rejects.toMatchObject({ code: 'topic_in_use', facts: { pitchId: first.id, topic: 'Tea and health' } });
  });

  it('is offered once when two offer it at the same time', async () => {
    const [here, there] = await twoSites();

    const both = await Promise.allSettled([offer(here.id, 'Race'), offer(there.id, 'race')]);

    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'topic_in_use' } });
  });

  it('may be offered to the same site again, and in another project', async () => {
    const [here] = await twoSites();
    const elsewhere = await makeOpportunity(t.db, workspaceId(), { stage: 'engaged' });
    await offer(here.id, 'Tea and sleep');

    await expect(offer(here.id, 'Tea and sleep')).resolves.toMatchObject({ state: 'draft' });
    await expect(offer(elsewhere.id, 'Tea and sleep')).resolves.toMatchObject({ state: 'draft' });
  });

  it('is free again when the pitch was withdrawn, and taken when that pitch is opened again', async () => {
    const [here, there] = await twoSites();
    const first = await offer(here.id, 'Tea and work');
    await pitches.move(t.owner.actor, first.id, { to: 'withdrawn' }, 1);
    await offer(there.id, 'Tea and work');

    const reopened = pitches.move(t.owner.actor, first.id, { to: 'draft' }, 2);

    await expect(reopened).rejects.toBeInstanceOf(Conflict);
    expect(await pitches.get(t.owner.actor, first.id)).toMatchObject({ state: 'withdrawn', version: 2 });
  });

  it('is offered again by a copy that names the pitch it continues; the old one stays as it ended', async () => {
    const [here] = await twoSites();
    const first = await offer(here.id, 'Tea and rain');
    await pitches.move(t.owner.actor, first.id, { to: 'withdrawn' }, 1);

    const copy = await pitches.move(t.owner.actor, first.id, { to: 'draft' }, 2);

    expect(copy).toMatchObject({
      state: 'draft',
      version: 1,
      previousPitchId: first.id,
      topics: [expect.objectContaining({ title: 'Tea and rain' })],
    });
    expect(copy.id).not.toBe(first.id);
    expect(await pitches.get(t.owner.actor, first.id)).toMatchObject({ state: 'withdrawn', version: 2 });
    await expect(pitches.move(t.owner.actor, first.id, { to: 'draft' }, 1)).rejects.toMatchObject({ code: 'version_mismatch' });
  });

  it('is free again when the editor picked another one', async () => {
    const [here, there] = await twoSites();
    const first = await offer(here.id, 'Picked', 'Left over');
    const [picked] = first.topics;
    await t.db.query(`UPDATE pitches SET state = 'pitched' WHERE workspace_id = $1 AND id = $2`, [workspaceId(), first.id]);
    await makeAgreement(here.id);
    await pitches.move(t.owner.actor, first.id, { to: 'accepted', topicId: picked?.id }, 1);

    await expect(offer(there.id, 'Left over')).resolves.toMatchObject({ state: 'draft' });
    await expect(offer(there.id, 'Picked')).rejects.toMatchObject({ code: 'topic_in_use' });
  });

  it('of another pitch cannot be picked', async () => {
    const [here, there] = await twoSites();
    const other = await offer(there.id, 'Theirs');
    const pitch = await makePitch(t.db, workspaceId(), { opportunityId: here.id, state: 'pitched' });
    await makeAgreement(here.id);

    const moved = pitches.move(t.owner.actor, pitch.id, { to: 'accepted', topicId: other.topics[0]?.id }, 1);

    await expect(moved).rejects.toBeInstanceOf(NotFound);
    expect(await pitches.get(t.owner.actor, pitch.id)).toMatchObject({ state: 'pitched', version: 1 });
  });
});

describe('a step of a pitch', () => {
  it('to accepted takes the terms of the opportunity and the card along', async () => {
    const [here] = await twoSites();
    const pitch = await makePitch(t.db, workspaceId(), { opportunityId: here.id, state: 'pitched' });
    const agreementId = await makeAgreement(here.id);

    const moved = await pitches.move(t.owner.actor, pitch.id, { to: 'accepted' }, 1);

    expect(moved).toMatchObject({ state: 'accepted', agreementId, version: 2 });
    expect(await stateOf('opportunities', here.id)).toBe('agreed');
  });

  it('does not take the terms of another opportunity', async () => {
    const [here, there] = await twoSites();
    const pitch = await makePitch(t.db, workspaceId(), { opportunityId: here.id, state: 'pitched' });
    const agreementId = await makeAgreement(there.id);

    await expect(pitches.move(t.owner.actor, pitch.id, { to: 'accepted', agreementId }, 1)).rejects.toBeInstanceOf(NotFound);
  });

  it('taken by two at once is taken by one', async () => {
    const pitch = await makePitch(t.db, workspaceId());

    const both = await Promise.allSettled([1, 2].map(() => pitches.move(t.owner.actor, pitch.id, { to: 'withdrawn' }, 1)));

    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: expect.any(VersionMismatch) as unknown });
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('to published reports the link that was agreed on, ends the sequences and makes the check due', async () => {
    const [here] = await twoSites();
    const pitch = await makePitch(t.db, workspaceId(), { opportunityId: here.id, state: 'scheduled' });
    const enrollment = await makeEnrollment(t.db, workspaceId(), { opportunityId: here.id });
    const link = await makeBacklink(t.db, workspaceId(), { opportunityId: here.id, state: 'expected' });
    await t.db.query('UPDATE backlinks SET source_url = NULL, source_key = NULL, next_at = NULL WHERE workspace_id = $1 AND id = $2', [
      workspaceId(),
      link.id,
    ]);

    const moved = await pitches.move(t.owner.actor, pitch.id, { to: 'published_reported', liveUrl: 'http://127.0.0.1/Post#top' }, 1);

    expect(moved).toMatchObject({ state: 'published_reported', liveUrl: 'http://127.0.0.1/Post#top' });
    expect(await stateOf('enrollments', enrollment.id)).toBe('stopped');
    const [found] = await t.db.query<object[]>(
      `SELECT state, source_url AS "sourceUrl", source_key AS "sourceKey", next_at AS "nextAt", asked_by AS "askedBy" FROM backlinks WHERE workspace_id = $1 AND id = $2`,
      [workspaceId(), link.id],
    );
    expect(found).toEqual({
      state: 'reported',
      sourceUrl: 'http://127.0.0.1/Post#top',
      sourceKey: 'http://127.0.0.1/Post',
      nextAt: TEST_START,
      askedBy: 'person',
    });
  });

  it('to published moves alone when the same link was reported before', async () => {
    const [here] = await twoSites();
    const pitch = await makePitch(t.db, workspaceId(), { opportunityId: here.id, state: 'scheduled' });
    const target = 'https://shop.example/same';
    await makeBacklink(t.db, workspaceId(), { opportunityId: here.id, sourceUrl: 'http://127.0.0.1/same', targetUrl: target });
    const expected = await makeBacklink(t.db, workspaceId(), { opportunityId: here.id, state: 'expected', targetUrl: target });

    const moved = await pitches.move(t.owner.actor, pitch.id, { to: 'published_reported', liveUrl: 'http://127.0.0.1/same' }, 1);

    expect(moved.state).toBe('published_reported');
    expect(await stateOf('backlinks', expected.id)).toBe('expected');
  });

  it('of another workspace does not exist', async () => {
    const pitch = await makePitch(t.db, workspaceId());
    const other = await t.makeWorkspace();

    await expect(pitches.move(other.actor, pitch.id, { to: 'withdrawn' }, 1)).rejects.toBeInstanceOf(NotFound);
    await expect(pitches.create(other.actor, { opportunityId: pitch.opportunityId, topics: [{ title: 'x' }] })).rejects.toBeInstanceOf(NotFound);
    await expect(pitches.move(t.owner.actor, pitch.id, { to: 'scheduled' }, 1)).rejects.toBeInstanceOf(IllegalTransition);
  });
});
