import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { alarmCodeOf } from '../../../domain/mailbox-alarm.js';
import { isTurnedAwayForGood, nextTryAt, TRIES_AT_MOST } from '../../../domain/send-backoff.js';
import { systemActor } from '../../../platform/auth/system-actor.js';
import { Clock, MINUTE_MS } from '../../../platform/clock.js';
import { rows } from '../../../platform/database/sql.js';
import { storableText } from '../../../platform/database/storable-text.js';
import type { SendOutcome } from '../../../platform/mail/smtp/send-outcome.js';
import { disconnect } from '../../mailboxes/mailbox-states.service.js';
import { askGuardrails } from '../../outreach/guardrails/guardrails.service.js';
import { Pipeline } from '../../pipeline/pipeline.service.js';
import { Suppressions } from '../../suppressions/suppressions.service.js';
import { type AttemptedMail, triesOf } from './attempted-mails.queries.js';
import { MailboxAlarms } from './mailbox-alarms.service.js';
import { restMailbox } from '../claim/sending.queries.js';

type Temporary = Extract<SendOutcome, { kind: 'refused_temporary' }>;
type Permanent = Extract<SendOutcome, { kind: 'refused_permanent' }>;

/** After a 421 or a refusal of the sender: the next mail would fare no better. */
const REST_MS = 15 * MINUTE_MS;
/** A server that cannot be reached is tried with one mail a minute, not with all that wait. */
export const UNREACHABLE_REST_MS = MINUTE_MS;

/** Mails that did not leave, or that may not have left (state-model 4, F35). Each answers whether the mailbox rests from now on. */
@Injectable()
export class Refusals {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly suppressions: Suppressions,
    private readonly alarms: MailboxAlarms,
    private readonly clock: Clock,
  ) {}

  async forNow(tx: EntityManager, mail: AttemptedMail, outcome: Temporary): Promise<boolean> {
    const { response, scope, retryAfterMs } = outcome;
    await this.alarm(tx, mail, outcome);
    if (scope === 'mailbox') return this.turnedAway(tx, mail, response, Math.max(REST_MS, retryAfterMs ?? 0));
    const tries = mail.attempts < TRIES_AT_MOST ? mail.attempts : mail.attempts - (await triesOf(tx, mail, this.now())).notBegun;
    if (tries >= TRIES_AT_MOST) return this.refuse(tx, mail, 'gave_up', response);
    await this.record(tx, mail, 'message_refused_for_now');
    await this.again(tx, mail, { at: nextTryAt(tries, this.now(), Math.random(), retryAfterMs), response, counts: true });
    return false;
  }

  async forGood(tx: EntityManager, mail: AttemptedMail, outcome: Permanent): Promise<boolean> {
    const { response, stage, fault } = outcome;
    if (stage === 'session') return this.disconnected(tx, mail, response);
    if (fault === 'address') return this.bounced(tx, mail, response);
    if (fault === 'other') return this.refuse(tx, mail, 'refused', response);
    await this.refuse(tx, mail, 'sender_policy', response);
    await this.alarm(tx, mail, outcome);
    return this.rest(tx, mail, REST_MS);
  }

  /** Not a byte left. It is tried again for days, since nothing speaks against the mail itself. */
  async notBegun(tx: EntityManager, mail: AttemptedMail, detail: string): Promise<boolean> {
    if (isTurnedAwayForGood(await triesOf(tx, mail, this.now()), this.now())) return this.refuse(tx, mail, 'gave_up', detail);
    await this.record(tx, mail, 'transmission_not_begun');
    await this.again(tx, mail, { at: nextTryAt(mail.attempts, this.now(), Math.random()), response: detail, counts: true });
    return this.rest(tx, mail, UNREACHABLE_REST_MS);
  }

  async unknown(tx: EntityManager, mail: AttemptedMail, detail: string): Promise<boolean> {
    await this.record(tx, mail, 'delivery_uncertain');
    await this.answered(tx, mail, detail);
    return false;
  }

  /** Closes the mailbox where the refusal is about the sender: it must not cost one contact after the other. */
  private async alarm(tx: EntityManager, { workspaceId, mailboxId }: AttemptedMail, refusal: Temporary | Permanent): Promise<void> {
    const code = alarmCodeOf(refusal);
    if (code !== undefined) await this.alarms.raise(tx, { workspaceId, mailboxId, code, detail: storableText(refusal.response, 500) });
  }

  /** The mail is as good as before, and this was no try of it; but a server that says so of it for days will never take it. */
  private async turnedAway(tx: EntityManager, mail: AttemptedMail, response: string, restMs: number): Promise<boolean> {
    const tries = await triesOf(tx, mail, this.now());
    if (isTurnedAwayForGood(tries, this.now())) await this.refuse(tx, mail, 'gave_up', response);
    else {
      await this.record(tx, mail, 'message_refused_for_now');
      await this.again(tx, mail, { at: nextTryAt(tries.count, this.now(), 0, restMs), response, counts: false });
    }
    return this.rest(tx, mail, restMs);
  }

  /** The server ended the talk before it heard of the mail, mostly at the login: a person must look after the mailbox. */
  private async disconnected(tx: EntityManager, mail: AttemptedMail, response: string): Promise<boolean> {
    await this.record(tx, mail, 'transmission_not_begun');
    await this.again(tx, mail, { at: this.now(), response, counts: false });
    const { workspaceId, mailboxId } = mail;
    await disconnect(tx, { workspaceId, mailboxId, reason: said(response), at: this.now() });
    return true;
  }

  /** Nobody lives at the address: the same as a bounce (F35). The contact is marked first, so that the card looks for another one. */
  private async bounced(tx: EntityManager, mail: AttemptedMail, response: string): Promise<boolean> {
    const { workspaceId, contactId, toAddress, id: messageId } = mail;
    await rows(tx, 'UPDATE contacts SET undeliverable_at = COALESCE(undeliverable_at, $3) WHERE workspace_id = $1 AND id = $2', [
      ...[workspaceId, contactId, this.now()],
    ]);
    const actor = systemActor(workspaceId);
    await this.suppressions.add(tx, actor, { kind: 'address', value: toAddress, reason: 'refused by the server', source: 'bounce' });
    await this.refuse(tx, mail, 'address', response);
    await this.pipeline.record(tx, actor, { kind: 'bounced_hard', messageId });
    await askGuardrails(tx, workspaceId, messageId, this.now());
    return false;
  }

  private async refuse(tx: EntityManager, mail: AttemptedMail, code: string, response: string): Promise<boolean> {
    await this.pipeline.record(tx, systemActor(mail.workspaceId), { kind: 'message_refused', messageId: mail.id, code });
    await this.answered(tx, mail, response);
    return false;
  }

  private async record(
    tx: EntityManager,
    { workspaceId, id: messageId }: AttemptedMail,
    kind: 'message_refused_for_now' | 'transmission_not_begun' | 'delivery_uncertain',
  ): Promise<void> {
    await this.pipeline.record(tx, systemActor(workspaceId), { kind, messageId });
  }

  private async again(
    tx: EntityManager,
    mail: AttemptedMail,
    { at, response, counts }: { readonly at: Date; readonly response: string; readonly counts: boolean },
  ): Promise<void> {
    await rows(
      tx,
      `UPDATE messages SET next_at = CASE WHEN state = 'scheduled' THEN $3 ELSE next_at END, attempts = attempts - $4, last_response = $5
        WHERE workspace_id = $1 AND id = $2`,
      [mail.workspaceId, mail.id, at, counts ? 0 : 1, storableResponse(response)],
    );
  }

  private async answered(tx: EntityManager, mail: AttemptedMail, response: string): Promise<void> {
    await rows(tx, 'UPDATE messages SET last_response = $3 WHERE workspace_id = $1 AND id = $2', [
      mail.workspaceId,
      mail.id,
      storableResponse(response),
    ]);
  }

  private async rest(tx: EntityManager, { workspaceId, mailboxId }: AttemptedMail, restMs: number): Promise<boolean> {
    await restMailbox(tx, { workspaceId, id: mailboxId }, new Date(this.now().getTime() + restMs));
    return true;
  }

  private now(): Date {
    return this.clock.now();
  }
}

/** For the person who looks after the mailbox. */
function said(response: string): string {
  return `The server said: ${storableResponse(response)}`.slice(0, 500);
}

const MAX_RESPONSE = 1000;

/** A server's words, as a column of ours takes them. */
export function storableResponse(response: string): string {
  return storableText(response, MAX_RESPONSE);
}
