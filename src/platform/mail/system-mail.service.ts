import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { normaliseEmail } from '../../domain/email-address.js';
import { RuleViolation } from '../../domain/errors.js';
import { Clock, HOUR_MS, SECOND_MS } from '../clock.js';
import { AppConfig } from '../config/app-config.js';
import { newId } from '../ids.js';
import { JobQueue, type JobType } from '../jobs/job-queue.js';
import { SecretBox } from '../secrets/secret-box.js';
import { SystemMailRenderer, type SystemMailName, type SystemMails } from '../templates/system-mail-renderer.js';
import { NameResolver } from '../web-fetch/net/name-resolver.js';
import { composeMail, type ComposedMail, type MailParty } from './compose/compose.js';
import { SmtpSender } from './smtp/smtp-sender.js';
import { readSmtpUrl, securityTowards, type SmtpServerUrl } from './smtp/smtp-url.js';

export interface SystemLetter<M extends SystemMailName> {
  /** `EVERY_WORKSPACE` for what concerns a person and no team. */
  readonly workspaceId: string;
  readonly to: MailParty;
  readonly mail: M;
  readonly values: SystemMails[M];
  /** Where the mail leads, from PUBLIC_URL on. What opens something stands behind a `#`: browsers send that to no server. */
  readonly path: string;
}

/** The letter is sealed: it holds an address and often a token, and jobs are kept for a while. */
interface SealedLetter {
  readonly workspaceId: string;
  /** Its Message-ID too, so that mail programs know a second copy. */
  readonly id: string;
  readonly sealed: string;
}

/** About seven hours of tries: a mail server that is down for a night is somebody's work anyway. */
const SYSTEM_MAIL: JobType<SealedLetter> = {
  name: 'system_mail',
  options: { retryLimit: 14, retryDelay: 15, retryBackoff: true, retryDelayMax: HOUR_MS / SECOND_MS, deleteAfterSeconds: HOUR_MS / SECOND_MS },
};

/** The mail server did not take a mail, and may yet. Says what it answered; the job is tried again. */
class NotSentYet extends Error {
  override readonly name = 'NotSentYet';
}

/**
 * Mails of the product itself: invitations, passwords, alarms. Sent by a job, at least once: a second copy of them does no harm,
 * a lost one does. Without SYSTEM_SMTP_URL there are none, and whoever needs one says so.
 */
@Injectable()
export class SystemMail implements OnModuleInit {
  private readonly logger = new Logger(SystemMail.name);
  private readonly server: SmtpServerUrl | undefined;
  private readonly from: MailParty;
  private readonly names: NameResolver;
  private readonly renderer = new SystemMailRenderer();

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
    private readonly jobs: JobQueue,
    private readonly box: SecretBox,
  ) {
    this.server = config.SYSTEM_SMTP_URL === undefined ? undefined : readSmtpUrl(config.SYSTEM_SMTP_URL);
    this.from = senderOf(config);
    this.names = new NameResolver(config.DNS_SERVERS);
  }

  onModuleInit(): void {
    this.jobs.handle(SYSTEM_MAIL, (letter) => this.deliver(letter));
  }

  /** Whether mails of the product go out at all. */
  get configured(): boolean {
    return this.server !== undefined;
  }

  /** An address of this installation, for mails and for people to pass on. Never taken from a request's Host. */
  link(path: string): string {
    return `${this.config.publicUrl}${path}`;
  }

  /** Sends a mail when `tx` commits; without a mail server it only leaves a warning. */
  async send<M extends SystemMailName>(tx: EntityManager, { workspaceId, ...letter }: SystemLetter<M>): Promise<void> {
    if (!this.configured) {
      this.logger.warn({ mail: letter.mail, workspaceId }, 'a mail was not sent: SYSTEM_SMTP_URL is not set');
      return;
    }
    const id = newId();
    await this.jobs.enqueue(tx, SYSTEM_MAIL, { workspaceId, id, sealed: this.box.seal(JSON.stringify(letter), contextOf(id)) });
  }

  /** @throws NotSentYet */
  private async deliver({ id, sealed }: SealedLetter): Promise<void> {
    if (!this.server) return; // it was switched off meanwhile
    const letter = JSON.parse(this.box.open(sealed, contextOf(id))) as Omit<SystemLetter<SystemMailName>, 'workspaceId'>; // as `send` sealed it
    const mail = await this.compose(id, letter);
    if (!mail) return;
    const outcome = await this.handOver(this.server, mail);
    if (outcome.kind === 'sent') return;
    if (outcome.kind === 'refused_permanent' && outcome.fault === 'address') {
      this.logger.warn({ mail: letter.mail, mailId: id, code: outcome.code }, 'the mail server knows no such recipient');
      return;
    }
    throw new NotSentYet(outcome.kind === 'unknown' || outcome.kind === 'not_begun' ? outcome.detail : outcome.response);
  }

  /** Undefined when no mail can go to that address, whoever typed it. */
  private async compose(id: string, letter: Omit<SystemLetter<SystemMailName>, 'workspaceId'>): Promise<ComposedMail | undefined> {
    const rendered = this.renderer.render(letter.mail, letter.values, this.link(letter.path));
    const messageId = `${id}@${this.from.email.slice(this.from.email.lastIndexOf('@') + 1)}`;
    try {
      return await composeMail({ from: this.from, to: letter.to, ...rendered, messageId, sentAt: this.clock.real(), automatic: true });
    } catch (error) {
      if (!(error instanceof RuleViolation)) throw error;
      this.logger.warn({ mail: letter.mail, mailId: id, code: error.code }, 'a mail cannot be written');
      return undefined;
    }
  }

  /** The operator named the server, so it may stand anywhere; its name is resolved once, for what was judged is what is spoken to. */
  private async handOver(server: SmtpServerUrl, mail: ComposedMail): ReturnType<SmtpSender['send']> {
    const addresses = await this.names.addressesOf(server.host);
    const sender = new SmtpSender({ resolve: async () => addresses });
    try {
      return await sender.send(
        { id: 'system', ...server, security: securityTowards(server, addresses), clientName: new URL(this.config.publicUrl).hostname },
        mail,
      );
    } finally {
      await sender.close();
    }
  }
}

function contextOf(id: string): string {
  return `system_mail:${id}`;
}

/** `Name <address>` or an address alone. Without SYSTEM_MAIL_FROM one at PUBLIC_URL's host, which servers outside may not believe. */
function senderOf(config: AppConfig): MailParty {
  const given = /^(?<name>[^<]*)<(?<email>[^>]+)>$/.exec(config.SYSTEM_MAIL_FROM ?? '')?.groups;
  const email = given?.['email'] ?? config.SYSTEM_MAIL_FROM ?? `linkwright@${new URL(config.publicUrl).hostname}`;
  return { name: given?.['name']?.trim() || 'Linkwright', email: normaliseEmail(email) === undefined ? 'linkwright@linkwright.invalid' : email };
}
