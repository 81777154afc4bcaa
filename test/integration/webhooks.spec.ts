import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/platform/clock.js';
import { LongWork } from '../../src/platform/jobs/long-work.service.js';
import { verified, type Answer } from '../support/webhook-receiver.js';
import { readContract } from '../support/contract/answer-hook.js';
import { JsonSchemas } from '../support/contract/json-schemas.js';
import { makeCampaign } from '../support/factories.js';
import { idsOf, webhookWorld, type Endpoint } from '../support/webhook-world.js';

describe('webhooks', () => {
  const world = webhookWorld();
  const { subscribe, emit, dispatch, deliver, later, endpoint, deliveries } = world;

  it('delivers an event once, signed, with the id of the event', async () => {
    const subscribed = await subscribe();

    const id = await emit();
    await deliver();
    await deliver();

    expect(idsOf(subscribed)).toEqual([id]);
    const [post] = subscribed.receiver.posts;
    expect(verified(post!, subscribed.secret)).toMatchObject({ id, type: 'backlink.live', workspaceId: world.owner.workspaceId });
    expect(await deliveries(subscribed)).toMatchObject([{ state: 'delivered', attempts: 1, lastStatus: 204, nextAt: null }]);
  });

  it('sends only what was asked for, and backlink.suspect only to those who name it', async () => {
    const all = await subscribe();
    const some = await subscribe(undefined, ['backlink.suspect', 'message.sent']);

    const [live, suspect, sent] = [await emit('backlink.live'), await emit('backlink.suspect'), await emit('message.sent')];
    await emit('backlink.live', { workspaceId: (await world.test.makeWorkspace()).workspaceId });
    await deliver();

    expect(idsOf(all).sort()).toEqual([live, sent].sort());
    expect(idsOf(some).sort()).toEqual([suspect, sent].sort());
  });

  it('does not let one hanging endpoint hold up another', async () => {
    let release: (answer: Answer) => void = () => undefined;
    const hanging = await subscribe(() => new Promise((resolve) => (release = resolve)), ['message.sent']);
    await emit('message.sent');
    await dispatch();
    const first = world.test.run('deliver');
    await hanging.receiver.received(1);

    const quick = await subscribe(undefined, ['backlink.live']);
    const id = await emit();
    await dispatch();
    const second = world.test.run('deliver');
    await quick.receiver.received(1);
    release({ status: 200 });
    await Promise.all([first, second]);

    expect(idsOf(quick)).toEqual([id]);
    expect(await deliveries(hanging)).toMatchObject([{ state: 'delivered' }]);
  });

  it.each([
    ['sixteen tries', 'active', 16],
    ['a single try, to see whether it is back,', 'failing', 1],
  ])('has %s at most under way at an endpoint that is %s', async (_, state, most) => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((open) => (release = open));
    const subscribed = await subscribe(() => gate.then(() => ({ status: 200 })));
    await world.test.db.query(`UPDATE webhook_endpoints SET state = $2, failures = 3 WHERE workspace_id = $1`, [world.owner.workspaceId, state]);
    for (let made = 0; made < 20; made += 1) await emit();
    await dispatch();

    const run = world.test.run('deliver');
    await subscribed.receiver.received(most);
    const underway = await deliveries(subscribed);
    release();
    await run;

    expect(underway.filter((delivery) => delivery['state'] === 'sending')).toHaveLength(most);
    expect(new Set(idsOf(subscribed)).size).toBe(20);
  });

  it('signs with both secrets for a day after a rotation', async () => {
    const subscribed = await subscribe();
    const { body } = await world.test.as(world.owner.key).post(`/webhook-endpoints/${subscribed.id}/rotate-secret`).expect(200);
    const { secret } = body as { secret: string };

    await emit();
    await deliver();
    await emit();
    await later(DAY_MS + MINUTE_MS);

    const [during, after] = subscribed.receiver.posts;
    expect(String(during?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    expect(verified(during!, subscribed.secret)).toEqual(verified(during!, secret));
    expect(verified(after!, secret)).toBeTruthy();
    expect(() => verified(after!, subscribed.secret)).toThrow('No matching signature');
  });

  it('signs with the new secret alone when the old one has leaked, at the rotation or after it', async () => {
    const path = ({ id }: Endpoint) => `/webhook-endpoints/${id}`;
    const rotate = async (of: Endpoint, body: object) => {
      const answer = await world.test
        .as(world.owner.key)
        .post(`${path(of)}/rotate-secret`, body)
        .expect(200);
      return answer.body as { secret: string; overlapUntil: string | null };
    };
    const [atOnce, after, longer] = [await subscribe(), await subscribe(), await subscribe()];
    const rotated = [await rotate(atOnce, { overlapHours: 0 }), await rotate(after, {}), await rotate(longer, { overlapHours: 48 })];
    const inHours = (hours: number): string => new Date(world.test.clock.now().getTime() + hours * HOUR_MS).toISOString();
    expect(rotated.map(({ overlapUntil }) => overlapUntil)).toEqual([null, inHours(24), inHours(48)]);
    const ended = await world.test.as(world.owner.key).patch(path(after), { overlapUntil: null }, '*').expect(200);

    await emit();
    await later(DAY_MS + HOUR_MS);

    expect(ended.body).toMatchObject({ overlapUntil: null });
    const [one, two, three] = [atOnce, after, longer].map(({ receiver }) => receiver.posts[0]!);
    expect(verified(one!, rotated[0]!.secret)).toBeTruthy();
    expect(() => verified(one!, atOnce.secret)).toThrow('No matching signature');
    expect(verified(two!, rotated[1]!.secret)).toBeTruthy();
    expect(() => verified(two!, after.secret)).toThrow('No matching signature');
    expect(verified(three!, longer.secret)).toEqual(verified(three!, rotated[2]!.secret));
  });

  it('sends only events of the projects and campaigns that were asked for', async () => {
    const { workspaceId } = world.owner;
    const campaign = await makeCampaign(world.test.db, workspaceId);
    const sister = await makeCampaign(world.test.db, workspaceId, { projectId: campaign.projectId });
    const other = await makeCampaign(world.test.db, workspaceId);
    const ofProject = await subscribe(undefined, ['*'], { projectIds: [campaign.projectId] });
    const ofCampaign = await subscribe(undefined, ['*'], { campaignIds: [campaign.id] });

    const wanted = await emit('message.sent', { projectId: campaign.projectId, campaignId: campaign.id });
    const besides = await emit('message.sent', { projectId: campaign.projectId, campaignId: sister.id });
    await emit('message.sent', { projectId: other.projectId, campaignId: other.id });
    await emit('mailbox.disconnected');
    await deliver();

    expect(idsOf(ofProject).sort()).toEqual([wanted, besides].sort());
    expect(idsOf(ofCampaign)).toEqual([wanted]);
  });

  it('sends one delivery again under its old id', async () => {
    const subscribed = await subscribe();
    const id = await emit();
    await deliver();
    const [delivery] = await deliveries(subscribed);

    await world.test
      .as(world.owner.key)
      .post(`/webhook-deliveries/${String(delivery?.['id'])}/replay`)
      .expect(202);
    await deliver();

    expect(idsOf(subscribed)).toEqual([id, id]);
  });

  it('sends again all since an instant: what was given up, and what was missed while it was turned off', async () => {
    let up = false;
    const subscribed = await subscribe(() => ({ status: up ? 200 : 410 }), ['backlink.live', 'message.sent']);
    const tooOld = await emit();
    await deliver();
    world.test.clock.advance(HOUR_MS);
    await reopen(subscribed);
    const since = world.test.clock.now().toISOString();
    const givenUp = await emit();
    await deliver();
    const missed = [await emit(), await emit('message.sent')];
    await deliver();
    up = true;
    await reopen(subscribed);
    const before = subscribed.receiver.posts.length;

    const results: unknown[] = [];
    for (let asked = 0; asked < 2; asked += 1) {
      const { body } = await world.test.as(world.owner.key).post(`/webhook-endpoints/${subscribed.id}/replay`, { since }).expect(202);
      const jobId = (body as { id: string }).id;
      await world.test.app.get(LongWork).run({ workspaceId: world.owner.workspaceId, jobId });
      results.push((await world.test.as(world.owner.key).get(`/jobs/${jobId}`).expect(200)).body);
    }
    await deliver();

    expect(results).toMatchObject([
      { state: 'succeeded', result: { queued: 3, since } },
      { state: 'succeeded', result: { queued: 0 } },
    ]);
    const replayed = idsOf(subscribed).slice(before);
    expect(replayed.sort()).toEqual([givenUp, ...missed].sort());
    expect(replayed).not.toContain(tooOld);
  });

  it('posts what openapi.json says of it', async () => {
    const contract = readContract();
    const schemas = new JsonSchemas(contract, { closed: true });
    const subscribed = await subscribe();
    await world.test.as(world.owner.key).post(`/webhook-endpoints/${subscribed.id}/test`, {}).expect(202);
    await deliver();

    const post = subscribed.receiver.posts[0]!;
    const told = contract.webhooks!['webhook_endpoint.test']!.post;
    expect(schemas.faults(told.requestBody!.content['application/json']!.schema!, JSON.parse(post.body))).toEqual([]);
    const headers = told.parameters!.map(({ $ref }) => contract.components.parameters![$ref!.split('/').at(-1)!]!);
    expect(headers.map(({ name, schema }) => [name, schemas.faults(schema!, post.headers[name!])])).toEqual([
      ['webhook-id', []],
      ['webhook-timestamp', []],
      ['webhook-signature', []],
    ]);
  });

  it('seals secrets and never shows them again', async () => {
    const subscribed = await subscribe();

    const rows = await world.test.db.query<object[]>('SELECT * FROM webhook_endpoints WHERE workspace_id = $1', [world.owner.workspaceId]);

    expect(JSON.stringify(rows)).not.toContain(subscribed.secret);
    expect(JSON.stringify(rows)).not.toContain(subscribed.secret.slice('whsec_'.length));
    expect(JSON.stringify(await endpoint(subscribed))).not.toMatch(/secret|whsec/i);
    const list = await world.test.as(world.owner.key).get('/webhook-endpoints').expect(200);
    expect(JSON.stringify(list.body)).not.toMatch(/secret|whsec/i);
  });

  async function reopen({ id }: Endpoint): Promise<void> {
    await world.test.as(world.owner.key).patch(`/webhook-endpoints/${id}`, { state: 'active' }, '*').expect(200);
  }
});
