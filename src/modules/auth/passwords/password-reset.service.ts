import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { HOUR_MS, SECOND_MS } from '../../../platform/clock.js';
import { transact } from '../../../platform/database/transact.js';
import { EVERY_WORKSPACE, JobQueue, type JobType } from '../../../platform/jobs/job-queue.js';
import { SystemMail } from '../../../platform/mail/system-mail.service.js';
import { SecretBox } from '../../../platform/secrets/secret-box.js';
import { RESET_MINUTES, ResetLinks } from './reset-links.service.js';
import { Users } from '../sessions/users.service.js';

/** A stranger who asks again and again fills nobody's mailbox. */
const MAILS_AN_HOUR = 3;
const CONTEXT = 'password_reset_asked';

/** The address is sealed: it may be anybody's, and jobs are kept for a while. */
interface AskedReset {
  readonly workspaceId: string;
  readonly sealed: string;
}

/** Done twice it makes two links and two mails, of which the limit of an hour allows few. */
const ASKED: JobType<AskedReset> = {
  name: 'password_reset_asked',
  options: { retryLimit: 5, retryDelay: 5, retryBackoff: true, deleteAfterSeconds: HOUR_MS / SECOND_MS },
};

/** Gives a link to who forgot their password. */
@Injectable()
export class PasswordReset implements OnModuleInit {
  private readonly logger = new Logger(PasswordReset.name);

  constructor(
    private readonly db: DataSource,
    private readonly jobs: JobQueue,
    private readonly box: SecretBox,
    private readonly mail: SystemMail,
    private readonly users: Users,
    private readonly links: ResetLinks,
  ) {}

  onModuleInit(): void {
    this.jobs.handle(ASKED, ({ sealed }) => this.answer(this.box.open(sealed, CONTEXT)));
  }

  /** Does the same for every address, known or not: whether there is an account shows neither in the answer nor in its time. */
  async ask(email: string): Promise<void> {
    const sealed = this.box.seal(email, CONTEXT);
    await transact(this.db, (tx) => this.jobs.enqueue(tx, ASKED, { workspaceId: EVERY_WORKSPACE, sealed }));
  }

  /** A link for the operator to pass on, whatever was asked for before. @returns undefined when there is no such account */
  async linkFor(email: string): Promise<string | undefined> {
    const user = await this.users.findByEmail(email);
    return user && this.mail.link(await transact(this.db, (tx) => this.links.make(tx, user.id)));
  }

  private async answer(email: string): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (!user) return;
    if (!this.mail.configured) {
      this.logger.warn(
        { userId: user.id },
        'a password reset was asked for, but SYSTEM_SMTP_URL is not set: make a link with the command reset-password',
      );
      return;
    }
    await transact(this.db, async (tx) => {
      if ((await this.links.countRecent(tx, user.id)) >= MAILS_AN_HOUR) return;
      const path = await this.links.make(tx, user.id);
      const values = { name: user.name, minutes: String(RESET_MINUTES) };
      await this.mail.send(tx, { workspaceId: EVERY_WORKSPACE, to: { email: user.email, name: user.name }, mail: 'password-reset', values, path });
    });
  }
}
