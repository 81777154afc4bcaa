import { makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity, makeTemplate } from './factories.js';
import { headerOf, MisbehavingSmtp, type StoredMail } from './misbehaving-smtp.js';
import { letter } from './raw-mails.js';
import { createTestApp, TEST_START, type TestApp } from './test-app.js';
import { InboundMails } from '../../src/modules/inbox/inbound-mails.service.js';

export type Talk = Awaited<ReturnType<ThreadWorld['talk']>>;

/** The product beside a mail server, with conversations in which somebody has answered us. */
export class ThreadWorld {
  test!: TestApp;
  sink!: MisbehavingSmtp;

  get at(): string {
    return this.test.owner.workspaceId;
  }

  /** A card in contact: our first mail was sent, and answered. */
  async talk({ answered = true, pageUrl = null }: { readonly answered?: boolean; readonly pageUrl?: string | null } = {}) {
    const { db } = this.test;
    const opportunity = await makeOpportunity(db, this.at, { stage: 'contacting', pageUrl });
    const contact = await makeContact(db, this.at, { prospectId: opportunity.prospectId });
    const pace = { smtpPort: this.sink.port, gapSeconds: 0, perHour: 1000, perDay: 1000 };
    const mailbox = await makeMailbox(db, this.at, pace);
    const place = { opportunityId: opportunity.id, contactId: contact.id, mailboxId: mailbox.id, stepKey: 'first', nextAt: null };
    const enrollment = await makeEnrollment(db, this.at, place);
    const sent = { enrollmentId: enrollment.id, mailboxId: mailbox.id, toAddress: contact.email, state: 'sent' as const, nextAt: null };
    const message = await makeMessage(db, this.at, { ...sent, sentAt: this.test.clock.now() });
    const take = (raw: Buffer) => this.test.app.get(InboundMails).receive(this.test.owner.actor, mailbox.id, raw);
    if (answered) await take(letter({ from: contact.email, inReplyTo: message.rfcMessageId, subject: 'Re: A page', text: 'Tell me more.' }));
    return { opportunity, contact, mailbox, enrollment, message, take };
  }

  /** Answers through the API; a follow-up says "Still there?" unless told otherwise. */
  async reply(
    { message }: Pick<Talk, 'message'>,
    { text, followUp }: { readonly text: string; readonly followUp?: { readonly afterBusinessDays: number } },
  ): Promise<{ readonly messageId: string; readonly followUpMessageId: string; readonly followUpAt: string | null }> {
    const templateId = followUp && (await makeTemplate(this.test.db, this.at, { text: 'Still there?' })).id;
    const body = { text, ...(followUp && { followUp: { ...followUp, templateId } }) };
    return (await this.test.as(this.test.owner.key).post(`/threads/${message.threadId}/reply`, body).expect(201)).body;
  }

  send(): Promise<void> {
    return this.test.run('send');
  }

  stored(): readonly StoredMail[] {
    return this.sink.stored;
  }

  subjects(): string[] {
    return this.stored().map(({ raw }) => /^subject: (.*)$/im.exec(headerOf(raw))?.[1] ?? '');
  }

  async stateOf(messageId: string): Promise<{ readonly state: string; readonly reason: string | null }> {
    const { state, stateReason } = (await this.test.as(this.test.owner.key).get(`/messages/${messageId}`).expect(200)).body;
    return { state, reason: stateReason };
  }

  async explain(messageId: string): Promise<{ readonly gates: readonly { readonly code: string }[] }> {
    return (await this.test.as(this.test.owner.key).get(`/messages/${messageId}/explain`).expect(200)).body;
  }

  async turnOf({ opportunity }: Pick<Talk, 'opportunity'>): Promise<{ readonly waitingOn: string | null; readonly waitingSince: string | null }> {
    const { waitingOn, waitingSince } = (await this.test.as(this.test.owner.key).get(`/opportunities/${opportunity.id}`).expect(200)).body;
    return { waitingOn, waitingSince };
  }
}

/** Call it in a describe block: an app for all of its tests, a mail server for each, the clock at its start. */
export function threadWorld(): ThreadWorld {
  const world = new ThreadWorld();
  beforeAll(async () => {
    world.test = await createTestApp({ env: { PUBLIC_URL: 'https://links.example' } });
  });
  afterAll(() => world.test.close());
  beforeEach(async () => {
    world.sink = await MisbehavingSmtp.start();
    world.test.clock.set(TEST_START);
  });
  afterEach(async () => {
    await world.sink.stop();
    await world.test.db.query('/* all-workspaces: what one test left must not leave in the next */ UPDATE messages SET next_at = NULL');
  });
  return world;
}
