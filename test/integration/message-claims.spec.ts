import type { PipelineEvent } from '../../src/domain/pipeline-events.js';
import { MessageClaims } from '../../src/modules/pipeline/message-claims.service.js';
import { Pipeline } from '../../src/modules/pipeline/pipeline.service.js';
import { HOUR_MS } from '../../src/platform/clock.js';
import { transact } from '../../src/platform/database/transact.js';
import { newId } from '../../src/platform/ids.js';
import { makeCard, statesOf, type CardScene } from '../support/card-scene.js';
import { makeMessage } from '../support/factories.js';
import { createTestApp, type TestApp } from '../support/test-app.js';

describe('MessageClaims', () => {
  let test: TestApp;
  let claims: MessageClaims;
  let workspaceId: string;

  beforeAll(async () => {
    test = await createTestApp();
    claims = test.app.get(MessageClaims);
    ({ workspaceId } = test.owner);
  });

  afterAll(() => test.close());

  const record = (event: PipelineEvent) => transact(test.db, (tx) => test.app.get(Pipeline).record(tx, test.owner.actor, event));
  const card = () => makeCard(test.db, workspaceId);
  const claim = (scene: CardScene, token: string) =>
    transact(test.db, (tx) => claims.claim(tx, { workspaceId, mailboxId: scene.mailboxId, limit: 10, token }));
  const begin = (scene: CardScene, token: string) => transact(test.db, (tx) => claims.begin(tx, workspaceId, scene.messageId, token));

  it('claims what is due in one mailbox, the longest due first, no more than asked', async () => {
    const scene = await card();
    const due = async (minutes: number) =>
      (await makeMessage(test.db, workspaceId, { mailboxId: scene.mailboxId, nextAt: new Date(test.clock.now().getTime() - minutes * 60_000) })).id;
    const [short, long, longest] = [await due(1), await due(600), await due(700)];
    const more = (limit: number) => transact(test.db, (tx) => claims.claim(tx, { workspaceId, mailboxId: scene.mailboxId, limit, token: newId() }));

    expect(await more(2)).toEqual([longest, long]);
    expect(await more(5)).toEqual([short, scene.messageId]);
    expect(await more(5)).toEqual([]);
  });

  it('never gives one message to two workers', async () => {
    const scene = await card();
    for (let made = 0; made < 20; made += 1) await makeMessage(test.db, workspaceId, { mailboxId: scene.mailboxId });

    const claimed = await Promise.all(Array.from({ length: 6 }, () => claim(scene, newId())));

    const ids = claimed.flat();
    expect(ids).toHaveLength(21);
    expect(new Set(ids).size).toBe(21);
  });

  it('takes the claimed mail away when its reader opts out, so that it never begins', async () => {
    const scene = await card();
    const token = newId();
    expect(await claim(scene, token)).toEqual([scene.messageId]);

    await record({ kind: 'opted_out', contactId: scene.contactId, scope: 'contact' });

    expect(await begin(scene, token)).toBe(false);
    expect(await statesOf(test.db, scene)).toEqual({ stage: 'do_not_contact', enrollment: 'unsubscribed', message: 'cancelled' });
  });

  it('lets only the holder of the claim begin, once', async () => {
    const scene = await card();
    const token = newId();
    await claim(scene, token);

    expect(await begin(scene, newId())).toBe(false);
    expect(await begin(scene, token)).toBe(true);
    expect(await begin(scene, token)).toBe(false);
  });

  it('names what dead workers left, not before their lease has run out', async () => {
    const [waiting, begun] = [await card(), await card()];
    for (const scene of [waiting, begun]) await claim(scene, scene.messageId);
    await begin(begun, begun.messageId);
    const left = () => transact(test.db, (tx) => claims.abandoned(tx, 100));
    expect((await left()).map(({ id }) => id)).not.toContain(waiting.messageId);

    test.clock.advance(HOUR_MS);

    expect(await left()).toEqual(
      expect.arrayContaining([
        { workspaceId, id: waiting.messageId, state: 'claimed' },
        { workspaceId, id: begun.messageId, state: 'transmitting' },
      ]),
    );
  });
});
