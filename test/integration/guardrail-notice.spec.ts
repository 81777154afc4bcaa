import { newId } from '../../src/platform/ids.js';
import { makeCampaign, makeMailbox, makeMessage } from '../support/factories.js';
import { createMailingApp, type MailingApp } from '../support/system-mails.js';

let t: MailingApp;

beforeAll(async () => {
  t = await createMailingApp();
});
afterAll(async () => {
  await t.close();
});

it('tells the owners by mail which campaign a guardrail holds, and why in numbers', async () => {
  const at = t.owner.workspaceId;
  const mailboxId = (await makeMailbox(t.db, at)).id;
  const campaign = await makeCampaign(t.db, at, { mailboxIds: [mailboxId], name: 'Kettle guides' });
  for (let count = 0; count < 60; count += 1) {
    const mail = { mailboxId, campaignId: campaign.id, projectId: campaign.projectId, state: 'sent', sentAt: t.clock.now(), nextAt: null } as const;
    const { id } = await makeMessage(t.db, at, mail);
    if (count >= 5) continue;
    await t.db.query(`INSERT INTO message_facts (workspace_id, message_id, fact, event_id, at) VALUES ($1, $2, 'bounced_hard', $3, $4)`, [
      ...[at, id, newId(), t.clock.now()],
    ]);
  }
  await t.db.query('INSERT INTO guard_checks (workspace_id, campaign_id, asked_at) VALUES ($1, $2, $3)', [at, campaign.id, t.clock.now()]);

  await t.run('guard');

  const notice = await t.nextMail();
  expect(notice).toMatchObject({ to: t.owner.email, subject: 'The campaign Kettle guides was stopped' });
  expect(notice.text).toContain('5 of 60 mails came back for good.');
  expect(notice.link).toContain(`/campaigns/${campaign.id}`);
});
