import { Conflict } from '../../src/domain/errors.js';
import type { PipelineEvent } from '../../src/domain/pipeline-events.js';
import { Pipeline } from '../../src/modules/pipeline/pipeline.service.js';
import type { Actor } from '../../src/platform/auth/actor.js';
import { HOUR_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { newId } from '../../src/platform/ids.js';
import { eventTypes, historyOf, makeCard, statesOf, type CardScene } from '../support/card-scene.js';
import { expectCatalogued } from '../support/catalogued-events.js';
import { makeContact, makeEnrollment } from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('Pipeline', () => {
  let test: TestApp;
  let pipeline: Pipeline;
  let actor: Actor;
  let workspaceId: string;

  beforeAll(async () => {
    test = await createTestApp();
    pipeline = test.app.get(Pipeline);
    ({ actor, workspaceId } = test.owner);
  });

  afterAll(async () => {
    await expectCatalogued(test.db);
    await test.close();
  });

  const record = (event: PipelineEvent, eventId?: string, by = actor) => transact(test.db, (tx) => pipeline.record(tx, by, event, eventId));
  const card = (states?: Parameters<typeof makeCard>[2]) => makeCard(test.db, workspaceId, states);
  const read = async <Row>(sql: string, values: unknown[]): Promise<Row[]> => await test.db.query<Row[]>(sql, values);

  describe('record', () => {
    it('moves what the event says, with history, events, versions and the date of the last contact', async () => {
      const scene = await card({ stage: 'ready', message: 'transmitting' });
      const eventId = newId();

      await record({ kind: 'message_sent', messageId: scene.messageId }, eventId);

      expect(await statesOf(test.db, scene)).toEqual({ stage: 'contacting', enrollment: 'active', message: 'sent' });
      expect(await historyOf(test.db, workspaceId, eventId)).toEqual(['opportunity: ready -> contacting', 'message: transmitting -> sent']);
      expect(await eventTypes(test.db, workspaceId, scene.opportunityId)).toEqual(['opportunity.stage_changed', 'message.sent']);
      const [row] = await read(
        `SELECT p.last_contacted_at AS site, c.last_contacted_at AS person, o.version, o.stage_changed_at AS changed
           FROM opportunities o JOIN prospects p ON p.workspace_id = o.workspace_id AND p.id = o.prospect_id
           JOIN contacts c ON c.workspace_id = o.workspace_id AND c.id = $3 WHERE o.workspace_id = $1 AND o.id = $2`,
        [workspaceId, scene.opportunityId, scene.contactId],
      );
      const now = test.clock.now();
      expect(row).toEqual({ site: now, person: now, version: 2, changed: now });
    });

    it('keeps who did it, when, why and by which event', async () => {
      const scene = await card({ stage: 'ready' });
      const eventId = newId();

      await record({ kind: 'blacklisted', opportunityId: scene.opportunityId, reason: 'link farm' }, eventId);

      const rows = await read(
        `SELECT machine, event_kind, actor_id, via, note, at FROM state_changes WHERE workspace_id = $1 AND event_id = $2 AND machine = 'opportunity'`,
        [workspaceId, eventId],
      );
      const by = { actor_id: actor.memberId, via: 'ui', at: test.clock.now() };
      expect(rows).toEqual([{ machine: 'opportunity', event_kind: 'blacklisted', note: 'link farm', ...by }]);
    });

    it('shows in the event what changed and where it belongs, and nothing personal', async () => {
      const scene = await card({ stage: 'contacting', message: 'sent' });
      const eventId = newId();

      await record({ kind: 'reply_received', messageId: scene.messageId, contactId: scene.contactId, wholeSite: true }, eventId);

      const events = await read<{ id: string; type: string; data: unknown }>(
        `SELECT id, type, data FROM events WHERE workspace_id = $1 AND opportunity_id = $2 ORDER BY tx, id`,
        [workspaceId, scene.opportunityId],
      );
      const { opportunityId, projectId } = scene;
      expect(events.find(({ type }) => type === 'opportunity.stage_changed')?.data).toEqual({
        object: { type: 'opportunity', id: opportunityId, prospectId: scene.prospectId, stage: 'engaged' },
        previous: { stage: 'contacting' },
        ...{ projectId, opportunityId },
      });
      expect(events.find(({ type }) => type === 'reply.received')).toMatchObject({ id: eventId });
      expect(JSON.stringify(events)).not.toContain('@');
    });

    it('keeps facts of the mail and one open task of a kind', async () => {
      const scene = await card({ stage: 'contacting', message: 'sent' });
      const reply: PipelineEvent = { kind: 'reply_received', messageId: scene.messageId, contactId: scene.contactId, wholeSite: false };

      await record(reply);
      await record(reply);

      const facts = await read(`SELECT fact FROM message_facts WHERE workspace_id = $1 AND message_id = $2`, [workspaceId, scene.messageId]);
      const tasks = await read(`SELECT kind, project_id FROM tasks WHERE workspace_id = $1 AND opportunity_id = $2`, [
        workspaceId,
        scene.opportunityId,
      ]);
      expect(facts).toEqual([{ fact: 'replied' }, { fact: 'replied' }]);
      expect(tasks).toEqual([{ kind: 'answer_reply', project_id: scene.projectId }]);
    });

    it('leaves nothing behind when the transaction fails after it', async () => {
      const scene = await card({ stage: 'contacting', message: 'sent' });
      const eventId = newId();

      const failed = transact(test.db, async (tx) => {
        await pipeline.record(
          tx,
          actor,
          { kind: 'reply_received', messageId: scene.messageId, contactId: scene.contactId, wholeSite: true },
          eventId,
        );
        throw new Conflict('still_in_use', 'Something later went wrong.');
      });

      await expect(failed).rejects.toThrow('Something later went wrong.');
      expect(await statesOf(test.db, scene)).toEqual({ stage: 'contacting', enrollment: 'active', message: 'sent' });
      expect(await historyOf(test.db, workspaceId, eventId)).toEqual([]);
      expect(await eventTypes(test.db, workspaceId, scene.opportunityId)).toEqual([]);
      expect(await read(`SELECT fact FROM message_facts WHERE workspace_id = $1 AND message_id = $2`, [workspaceId, scene.messageId])).toEqual([]);
      expect(await read(`SELECT id FROM tasks WHERE workspace_id = $1 AND opportunity_id = $2`, [workspaceId, scene.opportunityId])).toEqual([]);
    });

    it('moves and announces an event once, told five times at once and once more later', async () => {
      const scene = await card({ stage: 'contacting', message: 'sent' });
      const eventId = newId();
      const reply: PipelineEvent = { kind: 'reply_received', messageId: scene.messageId, contactId: scene.contactId, wholeSite: true };

      const effects = await Promise.all(Array.from({ length: 5 }, () => record(reply, eventId)));
      const later = await record(reply, eventId);

      expect(effects.filter(({ moves }) => moves.length > 0)).toHaveLength(1);
      expect(later.moves).toEqual([]);
      expect(await historyOf(test.db, workspaceId, eventId)).toEqual(['opportunity: contacting -> engaged', 'enrollment: active -> replied']);
      expect(await eventTypes(test.db, workspaceId, scene.opportunityId)).toEqual([
        'reply.received',
        'opportunity.stage_changed',
        'enrollment.stopped',
      ]);
    });

    it('announces the answer of a person without any card once, told five times at once', async () => {
      const { id: contactId } = await makeContact(test.db, workspaceId);
      const eventId = newId();

      await Promise.all(Array.from({ length: 5 }, () => record({ kind: 'reply_received', messageId: null, contactId, wholeSite: false }, eventId)));

      expect(await read(`SELECT type FROM events WHERE workspace_id = $1 AND id = $2`, [workspaceId, eventId])).toEqual([{ type: 'reply.received' }]);
    });

    it('gives a bounced card to the next contact of the site', async () => {
      const scene = await card({ stage: 'contacting', message: 'sent' });
      await makeContact(test.db, workspaceId, { prospectId: scene.prospectId });

      await record({ kind: 'bounced_hard', messageId: scene.messageId });

      expect(await statesOf(test.db, scene)).toEqual({ stage: 'ready', enrollment: 'bounced', message: 'sent' });
    });

    it.each([
      ['there is no other contact', []],
      ['the other one came back too', [{ undeliverableAt: new Date('2026-10-01T00:00:00Z') }]],
      ['the other one was erased', [{ erasedAt: new Date('2026-10-01T00:00:00Z') }]],
      ['the other one wants no mail', [{ email: 'no-mail@tea-blog.example' }]],
    ])('gives a bounced card up when %s', async (_, others) => {
      const scene = await card({ stage: 'contacting', message: 'sent' });
      await suppress('no-mail@tea-blog.example', null);
      for (const other of others) await makeContact(test.db, workspaceId, { prospectId: scene.prospectId, ...other });

      await record({ kind: 'bounced_hard', messageId: scene.messageId });

      expect(await statesOf(test.db, scene)).toMatchObject({ stage: 'disqualified', enrollment: 'bounced' });
    });

    it('judges by the clock of the product whether a suppression has ended', async () => {
      const [early, late] = [await card({ stage: 'contacting', message: 'sent' }), await card({ stage: 'contacting', message: 'sent' })];
      await suppress('until-noon@tea-blog.example', new Date(test.clock.now().getTime() + HOUR_MS));
      const { id: contactId } = await makeContact(test.db, workspaceId, { prospectId: early.prospectId, email: 'until-noon@tea-blog.example' });
      await test.db.query(`INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at) VALUES ($1, $2, $3, now())`, [
        ...[workspaceId, late.prospectId, contactId],
      ]);

      await record({ kind: 'bounced_hard', messageId: early.messageId });
      test.clock.advance(2 * HOUR_MS);
      await record({ kind: 'bounced_hard', messageId: late.messageId });

      expect([(await statesOf(test.db, early)).stage, (await statesOf(test.db, late)).stage]).toEqual(['disqualified', 'ready']);
    });

    it('counts a person’s own mail as a contact with whom it went to', async () => {
      const scene = await card({ stage: 'ready' });

      await record({ kind: 'human_took_over', enrollmentId: scene.enrollmentId });

      const rows = await read(`SELECT last_contacted_at FROM contacts WHERE workspace_id = $1 AND id = $2`, [workspaceId, scene.contactId]);
      expect(rows).toEqual([{ last_contacted_at: test.clock.now() }]);
    });

    it('stops only the sequence of the person who answered, when the workspace wants it so', async () => {
      const scene = await card({ stage: 'contacting', message: 'sent' });
      const other = await makeEnrollment(test.db, workspaceId, { opportunityId: scene.opportunityId });

      await record({ kind: 'reply_received', messageId: scene.messageId, contactId: scene.contactId, wholeSite: false });

      const rows = await read(`SELECT state FROM enrollments WHERE workspace_id = $1 AND id = $2`, [workspaceId, other.id]);
      expect(rows).toEqual([{ state: 'active' }]);
    });

    it('blocks mail but leaves the card after a deal, as a change that others can see', async () => {
      const scene = await card({ stage: 'agreed', message: 'scheduled' });

      await record({ kind: 'opted_out', contactId: scene.contactId, scope: 'contact' });

      const rows = await read(`SELECT stage, contact_blocked, version FROM opportunities WHERE workspace_id = $1 AND id = $2`, [
        workspaceId,
        scene.opportunityId,
      ]);
      expect(rows).toEqual([{ stage: 'agreed', contact_blocked: true, version: 2 }]);
      expect(await statesOf(test.db, scene)).toMatchObject({ enrollment: 'unsubscribed', message: 'cancelled' });
    });

    async function suppress(address: string, expiresAt: Date | null): Promise<void> {
      await test.db.query(
        `INSERT INTO suppressions (workspace_id, id, kind, value, reason, source, expires_at, created_at) VALUES ($1, $2, 'address', $3, 'asked', 'person', $4, $5)
         ON CONFLICT DO NOTHING`,
        [workspaceId, newId(), address, expiresAt, test.clock.now()],
      );
    }
  });

  describe('with ids of another workspace', () => {
    it.each<[string, (scene: CardScene) => PipelineEvent]>([
      ['an answer', ({ messageId, contactId }) => ({ kind: 'reply_received', messageId, contactId, wholeSite: true })],
      ['a sent mail', ({ messageId }) => ({ kind: 'message_sent', messageId })],
      ['a bounce', ({ messageId }) => ({ kind: 'bounced_hard', messageId })],
      ['an opt-out', ({ contactId }) => ({ kind: 'opted_out', contactId, scope: 'site' })],
      ['a held mail', ({ messageId }) => ({ kind: 'message_held', messageId, code: 'suppressed' })],
      ['a blacklisted site', ({ opportunityId }) => ({ kind: 'blacklisted', opportunityId, reason: 'x' })],
      ['a guardrail', ({ enrollmentId }) => ({ kind: 'guardrail_hit', enrollmentId, code: 'x' })],
    ])('moves nothing on %s', async (_, event) => {
      const stranger = await test.makeWorkspace();
      const scene = await card({ stage: 'ready', message: 'claimed' });
      const before = await statesOf(test.db, scene);

      const effects = await record(event(scene), newId(), stranger.actor);

      expect(effects.moves).toEqual([]);
      expect(await statesOf(test.db, scene)).toEqual(before);
    });
  });
});
