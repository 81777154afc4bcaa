import type { PipelineEvent } from '../../src/domain/pipeline-events.js';
import { MessageClaims } from '../../src/modules/pipeline/message-claims.service.js';
import { Pipeline } from '../../src/modules/pipeline/pipeline.service.js';
import { transact } from '../../src/platform/database/transact.js';
import { newId } from '../../src/platform/ids.js';
import { makeCard, statesOf, type CardScene } from '../support/card-scene.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

const ROUNDS = 30;

describe('an answer while the mail is on its way out', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await createTestApp();
  });

  afterAll(() => test.close());

  const record = (event: PipelineEvent, eventId?: string) =>
    transact(test.db, (tx) => test.app.get(Pipeline).record(tx, test.owner.actor, event, eventId));

  /** What a worker does with one message, each step in a transaction of its own. @returns whether it went on the wire */
  async function send({ workspaceId, mailboxId, messageId }: CardScene): Promise<boolean> {
    const claims = test.app.get(MessageClaims);
    const token = newId();
    const claimed = await transact(test.db, (tx) => claims.claim(tx, { workspaceId, mailboxId, limit: 5, token }));
    if (!claimed.includes(messageId)) return false;
    if (!(await transact(test.db, (tx) => claims.begin(tx, workspaceId, messageId, token)))) return false;
    await record({ kind: 'message_sent', messageId });
    return true;
  }

  it('stops it or lets it end, and neither waits for the other for ever', async () => {
    const outcomes: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const scene = await makeCard(test.db, test.owner.workspaceId, { stage: 'contacting' });
      const answer: PipelineEvent = { kind: 'reply_received', messageId: null, contactId: scene.contactId, wholeSite: true };
      const answerId = newId();
      const late = record.bind(undefined, answer, answerId);

      const [sent] = await Promise.all([send(scene), round % 2 === 0 ? late() : new Promise(setImmediate).then(late), late()]);

      const { stage, enrollment, message } = await statesOf(test.db, scene);
      expect([stage, enrollment, message]).toEqual(['engaged', 'replied', sent ? 'sent' : 'cancelled']);
      outcomes.push(message);
    }
    expect(outcomes).toHaveLength(ROUNDS);
  });

  it('loses no step: each version of a row has its line of history', async () => {
    const scene = await makeCard(test.db, test.owner.workspaceId, { stage: 'ready' });
    const { messageId, contactId, enrollmentId } = scene;

    await Promise.all([
      send(scene),
      record({ kind: 'reply_received', messageId, contactId, wholeSite: true }),
      record({ kind: 'guardrail_hit', enrollmentId, code: 'bounce_rate' }),
      record({ kind: 'opted_out', contactId, scope: 'site' }),
      record({ kind: 'bounced_hard', messageId }),
    ]);

    const rows = await test.db.query<{ steps: number; lines: number }[]>(
      `SELECT s.version - 1 AS steps, (SELECT count(*)::int FROM state_changes h WHERE h.workspace_id = $1 AND h.subject_id = s.id) AS lines
         FROM (SELECT id, version FROM opportunities WHERE workspace_id = $1 AND id = $2
               UNION ALL SELECT id, version FROM enrollments WHERE workspace_id = $1 AND id = $3
               UNION ALL SELECT id, version FROM messages WHERE workspace_id = $1 AND id = $4) AS s`,
      [scene.workspaceId, scene.opportunityId, enrollmentId, messageId],
    );
    expect(rows.map(({ steps }) => steps)).toEqual(rows.map(({ lines }) => lines));
    expect(rows).toHaveLength(3);
  });

  it('locks two cards of one site in one order, whichever event names them first', async () => {
    const { workspaceId } = test.owner;
    const one = await makeCard(test.db, workspaceId, { stage: 'contacting', message: 'sent' });
    const two = await makeCard(test.db, workspaceId, { stage: 'contacting', message: 'sent' });
    await test.db.query(
      `INSERT INTO prospect_contacts (workspace_id, prospect_id, contact_id, created_at) VALUES ($1, $2, $3, $6), ($1, $4, $5, $6)`,
      [workspaceId, one.prospectId, two.contactId, two.prospectId, one.contactId, test.clock.now()],
    );

    await Promise.all(
      Array.from({ length: 20 }, (_, at) => {
        const { contactId, messageId } = at % 2 === 0 ? one : two;
        return record({ kind: 'reply_received', messageId, contactId, wholeSite: true });
      }),
    );

    expect([(await statesOf(test.db, one)).stage, (await statesOf(test.db, two)).stage]).toEqual(['engaged', 'engaged']);
  });
});
