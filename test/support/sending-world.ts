import type { DataSource } from 'typeorm';
import { newId } from '../../src/platform/ids.js';
import { makeCampaign, makeContact, makeEnrollment, makeMailbox, makeMessage, makeOpportunity, makeProspect } from './factories.js';
import { MisbehavingSmtp } from './misbehaving-smtp.js';
import { createTestApp, TEST_START, type TestApp } from './test-app.js';

export interface PlannedMail {
  readonly messageId: string;
  readonly enrollmentId: string;
  readonly opportunityId: string;
  readonly campaignId: string;
  readonly contactId: string;
  readonly prospectId: string;
  readonly mailboxId: string;
  readonly email: string;
}

export interface PlannedMailOptions {
  readonly port: number;
  /** Local part: what the sink does with it. */
  readonly to?: string;
  readonly mailbox?: object;
  readonly message?: object;
  /** To share with other mails. */
  readonly mailboxId?: string;
  readonly campaignId?: string;
  readonly prospectId?: string;
}

/** The first mail of a sequence, due now, with all that stands around it. */
export async function makePlannedMail(db: DataSource, workspaceId: string, options: PlannedMailOptions): Promise<PlannedMail> {
  const mailboxId = options.mailboxId ?? (await makeMailbox(db, workspaceId, { smtpPort: options.port, ...options.mailbox })).id;
  const campaignId = options.campaignId ?? (await makeCampaign(db, workspaceId, { mailboxIds: [mailboxId] })).id;
  const prospectId = options.prospectId ?? (await makeProspect(db, workspaceId)).id;
  const email = `${options.to ?? 'ok'}+${newId()}@tea-blog.example`;
  const contact = await makeContact(db, workspaceId, { prospectId, email });
  const opportunity = await makeOpportunity(db, workspaceId, { campaignId, prospectId });
  const enrollment = await makeEnrollment(db, workspaceId, {
    opportunityId: opportunity.id,
    contactId: contact.id,
    mailboxId,
    stepKey: 'first',
    nextAt: null,
  });
  const message = await makeMessage(db, workspaceId, {
    enrollmentId: enrollment.id,
    mailboxId,
    toAddress: email,
    nextAt: TEST_START,
    ...options.message,
  });
  return {
    ...{ messageId: message.id, enrollmentId: enrollment.id, opportunityId: opportunity.id, campaignId, contactId: contact.id },
    ...{ prospectId, mailboxId, email },
  };
}

export interface MailNow {
  readonly state: string;
  readonly stateReason: string | null;
  readonly nextAt: Date | null;
  readonly sentAt: Date | null;
  readonly attempts: number;
  readonly lastResponse: string | null;
  readonly enrollmentState: string;
  readonly enrollmentReason: string | null;
  readonly enrollmentNextAt: Date | null;
  readonly stage: string;
}

/** What has become of it. */
export async function mailNow(db: Pick<DataSource, 'query'>, workspaceId: string, messageId: string): Promise<MailNow> {
  const [row] = await db.query<MailNow[]>(
    `SELECT m.state, m.state_reason AS "stateReason", m.next_at AS "nextAt", m.sent_at AS "sentAt", m.attempts, m.last_response AS "lastResponse",
            e.state AS "enrollmentState", e.state_reason AS "enrollmentReason", e.next_at AS "enrollmentNextAt", o.stage
       FROM messages m
       LEFT JOIN enrollments e ON e.workspace_id = $1 AND e.id = m.enrollment_id
       LEFT JOIN opportunities o ON o.workspace_id = $1 AND o.id = m.opportunity_id
      WHERE m.workspace_id = $1 AND m.id = $2`,
    [workspaceId, messageId],
  );
  if (!row) throw new Error('There is no such message.');
  return row;
}

/** The product beside a mail server that answers as the recipient's name says: a server of its own for each test, the clock at its start. */
export class SendingWorld {
  test!: TestApp;
  sink!: MisbehavingSmtp;

  get workspaceId(): string {
    return this.test.owner.workspaceId;
  }

  planned(options: Partial<PlannedMailOptions> = {}): Promise<PlannedMail> {
    return makePlannedMail(this.test.db, this.workspaceId, { port: this.sink.port, ...options });
  }

  now(mail: PlannedMail): Promise<MailNow> {
    return mailNow(this.test.db, this.workspaceId, mail.messageId);
  }
}

/** Call it at the top of a spec: it is there from the first test to the last. */
export function sendingWorld(): SendingWorld {
  const world = new SendingWorld();
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
