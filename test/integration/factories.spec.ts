import * as factories from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('the factories of the tests', () => {
  let test: TestApp;

  beforeAll(async () => {
    test = await createTestApp();
  });

  afterAll(() => test.close());

  it.each(Object.entries(factories))('%s makes a valid row with all its parents, as often as it is called', async (_, make) => {
    const { workspaceId } = test.owner;

    const made = [await make(test.db, workspaceId), await make(test.db, workspaceId)];

    expect(made).toEqual([expect.objectContaining({ workspaceId }), expect.objectContaining({ workspaceId })]);
  });

  it('puts a mail of an enrollment where it belongs', async () => {
    const { workspaceId } = test.owner;
    const enrollment = await factories.makeEnrollment(test.db, workspaceId);

    const message = await factories.makeMessage(test.db, workspaceId, { enrollmentId: enrollment.id, state: 'sent', sentAt: test.clock.now() });

    const found: unknown = await test.db.query(
      `SELECT m.opportunity_id, s.step_key FROM messages m JOIN enrollment_steps s ON s.workspace_id = m.workspace_id AND s.message_id = m.id
        WHERE m.workspace_id = $1 AND m.id = $2 AND m.state = 'sent'`,
      [workspaceId, message.id],
    );
    expect(found).toEqual([{ opportunity_id: enrollment.opportunityId, step_key: 'first' }]);
  });
});
