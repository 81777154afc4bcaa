import { newId } from '../../src/platform/ids.js';
import { SECOND_MS } from '../../src/platform/clock.js';
import { type Answer } from '../support/webhook-receiver.js';
import { idsOf, webhookWorld } from '../support/webhook-world.js';

describe('webhooks about one subject', () => {
  const world = webhookWorld();
  const { subscribe, emit, dispatch, deliver, later } = world;

  it('go out one after the other, while those of others go on', async () => {
    const release: ((answer: Answer) => void)[] = [];
    const subscribed = await subscribe(() => new Promise((resolve) => release.push(resolve)));
    const quick = await subscribe();
    const subjectId = newId();
    const [first, second, third] = [await emit('backlink.live', { subjectId }), await emit('backlink.lost', { subjectId }), await emit()];
    await dispatch();

    const run = world.test.run('deliver');
    await subscribed.receiver.received(2);
    await quick.receiver.received(3);
    const before = idsOf(subscribed);
    for (const one of release) one({ status: 200 });
    await subscribed.receiver.received(3);
    release.at(-1)?.({ status: 200 });
    await run;

    expect(before.sort()).toEqual([first, third].sort());
    expect(idsOf(subscribed).at(-1)).toBe(second);
    expect(idsOf(quick).indexOf(first)).toBeLessThan(idsOf(quick).indexOf(second)); // at another endpoint they do not wait for this one
  });

  it('overtake one that has failed once, which comes later', async () => {
    const subjectId = newId();
    const subscribed = await subscribe((_, earlier) => ({ status: earlier.length === 0 ? 500 : 200 }));
    const [first, second] = [await emit('backlink.live', { subjectId }), await emit('backlink.lost', { subjectId })];

    await deliver();
    const before = idsOf(subscribed);
    await later(6 * SECOND_MS);

    expect(before).toEqual([first, second]);
    expect(idsOf(subscribed)).toEqual([first, second, first]);
  });

  it('come in the order in which they happened', async () => {
    const subjectId = newId();
    const subscribed = await subscribe();
    const ids: string[] = [];
    for (let made = 0; made < 12; made += 1) ids.push(await emit('backlink.live', { subjectId }));

    await deliver();

    expect(idsOf(subscribed)).toEqual(ids);
  });
});
