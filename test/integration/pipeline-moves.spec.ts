import { Forbidden, IllegalTransition, NotFound, RuleViolation, VersionMismatch } from '../../src/domain/errors.js';
import { Pipeline } from '../../src/modules/pipeline/pipeline.service.js';
import type { Actor } from '../../src/platform/auth/actor.js';
import { transact } from '../../src/platform/database/transact.js';
import { newId } from '../../src/platform/ids.js';
import { eventTypes, makeCard, statesOf } from '../support/card-scene.js';
import { expectCatalogued } from '../support/catalogued-events.js';
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

  const card = (states?: Parameters<typeof makeCard>[2]) => makeCard(test.db, workspaceId, states);

  describe('move', () => {
    const move = (id: string, to: string, more: { ifVersion?: number; reason?: string; by?: Actor } = {}) =>
      transact(test.db, (tx) =>
        pipeline.move(tx, more.by ?? actor, {
          ...{ machine: 'opportunity', id, to, ifVersion: more.ifVersion ?? '*' },
          ...(more.reason !== undefined && { reason: more.reason }),
        }),
      );

    it('lets one of two people win who move the same card at once', async () => {
      const scene = await card({ stage: 'engaged' });

      const results = await Promise.allSettled([
        move(scene.opportunityId, 'negotiating', { ifVersion: 1 }),
        move(scene.opportunityId, 'declined', { ifVersion: 1, reason: 'no' }),
      ]);

      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: expect.any(VersionMismatch) });
      expect(await eventTypes(test.db, workspaceId, scene.opportunityId)).toContain('opportunity.stage_changed');
    });

    it('refuses what the table does not let a person do', async () => {
      const scene = await card({ stage: 'ready' });

      await expect(move(scene.opportunityId, 'live')).rejects.toThrow(IllegalTransition);
    });

    it('asks for the reason that the table wants', async () => {
      const scene = await card({ stage: 'ready' });

      await expect(move(scene.opportunityId, 'disqualified')).rejects.toThrow(RuleViolation);
      await expect(move(scene.opportunityId, 'disqualified', { reason: '' })).rejects.toThrow(RuleViolation);
    });

    it('keeps reopening to managers', async () => {
      const scene = await card({ stage: 'declined' });

      await expect(move(scene.opportunityId, 'qualified', { reason: 'changed', by: { ...actor, role: 'member' } })).rejects.toThrow(Forbidden);
      await expect(move(scene.opportunityId, 'qualified', { reason: 'changed' })).resolves.toMatchObject({ moves: [{ to: 'qualified' }] });
    });

    it('silences a card that it closes', async () => {
      const scene = await card({ stage: 'contacting', message: 'scheduled' });

      await move(scene.opportunityId, 'declined');

      expect(await statesOf(test.db, scene)).toEqual({ stage: 'declined', enrollment: 'stopped', message: 'cancelled' });
    });

    it('finds nothing of another workspace to move', async () => {
      const stranger = await test.makeWorkspace();
      const scene = await card({ stage: 'contacting' });

      const moved = transact(test.db, (tx) =>
        pipeline.move(tx, stranger.actor, { machine: 'opportunity', id: scene.opportunityId, to: 'declined', ifVersion: '*' }),
      );

      await expect(moved).rejects.toThrow(NotFound);
    });
  });

  describe('create', () => {
    it('writes the first line of a history, and announces a link', async () => {
      const scene = await card({ stage: 'agreed' });
      const id = newId();
      const urls = { sourceUrl: 'https://tea-blog.example/new', sourceKey: 'new', targetUrl: 'https://shop.example/g', targetKey: 'g' };
      const { projectId, opportunityId } = scene;

      await transact(test.db, (tx) =>
        pipeline.create(tx, actor, {
          ...{ machine: 'backlink', state: 'reported', on: 'link_reported' },
          row: { id, projectId, opportunityId, origin: 'manual', paid: false, required: true, ...urls },
        }),
      );

      const history = await test.db.query(`SELECT from_state, to_state FROM state_changes WHERE workspace_id = $1 AND subject_id = $2`, [
        workspaceId,
        id,
      ]);
      expect(history).toEqual([{ from_state: null, to_state: 'reported' }]);
      expect(await eventTypes(test.db, workspaceId, opportunityId)).toEqual(['backlink.reported']);
    });

    it('makes nothing in a state that the table does not begin in', async () => {
      const made = transact(test.db, (tx) =>
        pipeline.create(tx, actor, { machine: 'backlink', state: 'live', on: 'link_reported', row: { id: newId() } }),
      );

      await expect(made).rejects.toThrow('A backlink cannot begin as live on link_reported.');
    });
  });
});
