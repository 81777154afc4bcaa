import { threadWorld } from '../support/thread-world.js';

const world = threadWorld();
const queued = async (): Promise<number> => {
  const found = await world.test.db.query<object[]>(`SELECT FROM messages WHERE workspace_id = $1 AND source = 'person'`, [world.at]);
  return found.length;
};

describe('POST /threads/{id}/reply', () => {
  it('refuses to answer a mail that names no usable sender', async () => {
    const talk = await world.talk();
    await world.test.db.query(`UPDATE messages SET from_address = '<>@' WHERE workspace_id = $1 AND thread_id = $2 AND direction = 'in'`, [
      world.at,
      talk.message.threadId,
    ]);
    const before = await queued();

    const { body } = await world.test.as(world.test.owner.key).post(`/threads/${talk.message.threadId}/reply`, { text: 'Gladly.' }).expect(422);

    expect(body.code).toBe('invalid_email');
    expect(await queued()).toBe(before);
  });
});
