import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RestoreGuard } from '../../src/platform/restore/restore-guard.service.js';
import { makeCampaign, makeContact, makeEnrollment, makeMailbox, makeOpportunity, makeProspect } from './factories.js';
import { ImapServer } from './imap-server.js';
import { MisbehavingSmtp } from './misbehaving-smtp.js';
import { type BareTestApp, createBareTestApp, createTestApp, TEST_START, type TestOwner } from './test-app.js';
import { copyDatabase, createTestDatabase, type TestDatabase } from './test-database.js';

export interface Enrolled {
  readonly id: string;
  readonly contactId: string;
  readonly prospectId: string;
  readonly email: string;
}

export interface MailOf {
  readonly id: string;
  readonly state: string;
  readonly stepKey: string;
  readonly sentAt: Date | null;
  readonly lastResponse: string | null;
}

/**
 * An installation whose database can be set back: real mail servers, a folder beside the database, and a sequence of two mails,
 * the second three business days after the first. The product is restarted for each copy, as a restore does it.
 */
export class RestoreWorld {
  product!: BareTestApp;
  owner!: TestOwner;
  mailboxId!: string;
  campaignId!: string;
  at = TEST_START;
  private readonly databases: TestDatabase[] = [];
  private current!: TestDatabase;

  private constructor(
    readonly folder: string,
    readonly sink: MisbehavingSmtp,
    readonly imap: ImapServer,
    readonly secretKey: string,
  ) {}

  /** @param imap  whether the mailbox has IMAP, and puts copies there */
  static async start({ imap }: { readonly imap: boolean }): Promise<RestoreWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'lw-restore-'));
    const servers = [await MisbehavingSmtp.start(), await ImapServer.start({ password: 'secret-of-imap' })] as const;
    const world = new RestoreWorld(folder, ...servers, randomBytes(32).toString('base64'));
    world.current = await createTestDatabase();
    world.databases.push(world.current);
    const test = await createTestApp({ database: world.current, env: world.env });
    [world.product, world.owner] = [test, test.owner];
    await test.app.get(RestoreGuard).begin();
    await world.setUp(imap);
    return world;
  }

  get env(): Record<string, string> {
    return { SECRET_KEY: this.secretKey, RESTORE_GUARD_DIR: this.folder, PUBLIC_URL: 'https://links.example' };
  }

  get url(): string {
    return this.current.url;
  }

  get workspaceId(): string {
    return this.owner.workspaceId;
  }

  api(): ReturnType<BareTestApp['as']> {
    return this.product.as(this.owner.key);
  }

  /** Due at once, without a mail yet. */
  async enrol(name: string): Promise<Enrolled> {
    const { db } = this.product;
    const { id: prospectId } = await makeProspect(db, this.workspaceId);
    const email = `${name}@tea-blog-${name}.example`;
    const contact = await makeContact(db, this.workspaceId, { prospectId, email });
    const card = await makeOpportunity(db, this.workspaceId, { campaignId: this.campaignId, prospectId });
    const enrollment = await makeEnrollment(db, this.workspaceId, { opportunityId: card.id, contactId: contact.id, nextAt: this.at });
    return { id: enrollment.id, contactId: contact.id, prospectId, email };
  }

  async run(...loops: string[]): Promise<void> {
    for (const loop of loops) await this.product.run(loop);
  }

  /** A copy of the database as it is now; the product goes on with the one it has. */
  async backUp(): Promise<TestDatabase> {
    await this.product.close();
    const copy = await this.duplicate(this.current);
    await this.open(this.current);
    return copy;
  }

  /** Of a database that nobody uses. */
  async duplicate(database: TestDatabase): Promise<TestDatabase> {
    const copy = await copyDatabase(database);
    this.databases.push(copy);
    return copy;
  }

  /** The product on a database, as a start of the server leaves it. */
  async open(database: TestDatabase): Promise<void> {
    this.current = database;
    this.product = await createBareTestApp({ database, env: this.env, startAt: this.at });
    await this.product.app.get(RestoreGuard).begin();
  }

  /** On the same database, on a machine that has never run it. */
  async openElsewhere(): Promise<BareTestApp> {
    const env = { ...this.env, RESTORE_GUARD_DIR: join(this.folder, 'elsewhere') };
    const product = await createBareTestApp({ database: this.current, env, startAt: this.at });
    await product.app.get(RestoreGuard).begin();
    return product;
  }

  /** What the running database has done since the copy is lost. */
  async restore(copy: TestDatabase): Promise<void> {
    await this.product.close();
    await this.open(copy);
  }

  setClock(at: Date): void {
    this.at = at;
    this.product.clock.set(at);
  }

  mails({ id }: Pick<Enrolled, 'id'>): Promise<MailOf[]> {
    return this.product.db.query(
      `SELECT id, state, step_key AS "stepKey", sent_at AS "sentAt", last_response AS "lastResponse" FROM messages
        WHERE workspace_id = $1 AND enrollment_id = $2 AND direction = 'out' ORDER BY id`,
      [this.workspaceId, id],
    );
  }

  async stateOf({ id }: Pick<Enrolled, 'id'>): Promise<string> {
    const [row] = await this.product.db.query<{ state: string }[]>('SELECT state FROM enrollments WHERE workspace_id = $1 AND id = $2', [
      this.workspaceId,
      id,
    ]);
    return row?.state ?? 'none';
  }

  /** How many mails the server has stored for each of them. */
  received(...who: readonly Enrolled[]): number[] {
    return who.map(({ email }) => this.sink.stored.filter(({ rcpt }) => rcpt.includes(email)).length);
  }

  async stop(): Promise<void> {
    await this.product.close();
    for (const database of this.databases) await database.drop();
    await this.sink.stop();
    await this.imap.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async setUp(withImap: boolean): Promise<void> {
    const { db } = this.product;
    this.mailboxId = (await makeMailbox(db, this.workspaceId, { smtpPort: this.sink.port })).id;
    this.campaignId = (await makeCampaign(db, this.workspaceId, { mailboxIds: [this.mailboxId] })).id;
    if (!withImap) return;
    const imap = { host: '127.0.0.1', port: this.imap.port, security: 'none', user: 'ann', password: 'secret-of-imap' };
    await this.api().patch(`/mailboxes/${this.mailboxId}`, { imap, sentCopy: true }, '*').expect(200);
  }
}
