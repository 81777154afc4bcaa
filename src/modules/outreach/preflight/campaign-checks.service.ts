import { Injectable } from '@nestjs/common';
import { addressFinding } from '../../../domain/postal-address.js';
import { Clock, MINUTE_MS } from '../../../platform/clock.js';
import { AppConfig } from '../../../platform/config/app-config.js';
import { MailboxTests } from '../../mailboxes/logins/mailbox-tests.service.js';
import type { CampaignCheck, Found, PreflightFinding, PreflightRun } from './preflight-check.js';
import type { MailboxToCheck } from './preflight.queries.js';

/** A login that was tried lately is not tried again: servers count them. */
const FRESH_MS = 10 * MINUTE_MS;
const LOGIN_TIMEOUT_MS = 10_000;

/** Whether the campaign's mailboxes could send: settings, and a login now. */
@Injectable()
export class MailboxChecks implements CampaignCheck {
  constructor(
    private readonly logins: MailboxTests,
    private readonly clock: Clock,
  ) {}

  async ofCampaign({ workspaceId, mailboxes }: PreflightRun): Promise<Found> {
    if (mailboxes.length === 0) return { errors: [{ code: 'no_mailbox', detail: 'The campaign has no mailbox to send from.' }] };
    const away = mailboxes.filter(({ connected }) => !connected);
    const logins = await Promise.all(mailboxes.filter(({ connected }) => connected).map((mailbox) => this.logIn(workspaceId, mailbox)));
    const errors = away.map(({ id }) => ({
      code: 'mailbox_not_connected',
      mailboxId: id,
      detail: 'The mailbox cannot send: connect it again, or take it out.',
    }));
    return {
      errors: [...errors, ...logins.flatMap((login) => login.errors ?? [])],
      warnings: logins.flatMap((login) => login.warnings ?? []),
    };
  }

  /** A server that cannot be reached may be there when the mails leave; one that knows us and says no will not be. */
  private async logIn(workspaceId: string, { id, checkedAt, checkOk }: MailboxToCheck): Promise<Found> {
    if (checkOk === true && checkedAt !== null && checkedAt.getTime() > this.clock.now().getTime() - FRESH_MS) return {};
    const timeout = AbortSignal.timeout(LOGIN_TIMEOUT_MS);
    const late = new Promise<'late'>((resolve) => {
      timeout.addEventListener('abort', () => {
        resolve('late');
      });
    });
    const check = await Promise.race([this.logins.tryLogin(workspaceId, id), late]);
    if (check === 'late') return { warnings: [unreachable(id, 'it did not answer in time')] };
    if (check.ok) return {};
    if (!check.loginRefused) return { warnings: [unreachable(id, check.detail)] };
    return { errors: [{ code: 'mailbox_login_refused', mailboxId: id, detail: `The mail server refuses the login: ${check.detail}` }] };
  }
}

function unreachable(mailboxId: string, why: string): PreflightFinding {
  return { code: 'mailbox_unreachable', mailboxId, detail: `The mail server cannot be reached: ${why}` };
}

/** What the law wants in every mail that nobody asked for (standards 24, 25); the way to stop it is in each by itself. */
@Injectable()
export class SenderChecks implements CampaignCheck {
  constructor(private readonly config: AppConfig) {}

  ofCampaign({ campaign }: PreflightRun): Promise<Found> {
    const address = addressFinding(campaign);
    const https = this.config.publicUrl.startsWith('https://');
    return Promise.resolve({
      errors: address ? [address] : [],
      warnings: https
        ? []
        : [{ code: 'one_click_impossible', detail: 'Mail programs offer to unsubscribe with one click only when PUBLIC_URL is https.' }],
    });
  }
}
