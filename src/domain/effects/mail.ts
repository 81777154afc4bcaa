import type { PipelineEvent } from '../pipeline-events.js';
import type { Effects, MessageFacts, OpportunityFacts, Snapshot, TaskWish } from '../pipeline-snapshot.js';
import { isOpen, stepEnrollment, stepMessage, stepOpportunity, stepPitch } from '../pipeline-steps.js';
import type { EffectsOf } from './effect-table.js';
import { endEnrollments } from './stopping.js';

type Kind =
  | 'message_approved'
  | 'message_changed'
  | 'message_replanned'
  | 'message_claimed'
  | 'message_released'
  | 'message_held'
  | 'message_skipped'
  | 'transmission_begun'
  | 'transmission_not_begun'
  | 'message_sent'
  | 'message_refused_for_now'
  | 'message_refused'
  | 'delivery_uncertain'
  | 'message_found_sent'
  | 'restored_mail_found'
  | 'restored_mail_uncertain';
/** Our transport, the mailbox or an automatic answer says that the mail has left. */
type ProofOfSending = 'message_sent' | 'message_found_sent' | 'restored_mail_found' | 'auto_reply_received' | 'bounced_soft';
type MailEvent = Extract<PipelineEvent, { kind: Kind }>;

function theMessage(event: { readonly messageId: string }, now: Snapshot): MessageFacts[] {
  return now.messages.filter((message) => message.id === event.messageId);
}

/** Only the message itself moves. */
function onlyTo(to: MessageFacts['state']) {
  return (event: MailEvent, now: Snapshot): Partial<Effects> => ({
    moves: theMessage(event, now).flatMap((message) =>
      stepMessage(message, to, { event: event.kind, ...('code' in event && { reason: event.code }) }),
    ),
  });
}

/** The mail is out: the card goes on, the pitch counts as pitched, the site as written to. */
export function gone(event: Extract<PipelineEvent, { kind: ProofOfSending }>, now: Snapshot): Partial<Effects> {
  const cause = { event: event.kind };
  const [message] = theMessage(event, now);
  const sent = message ? stepMessage(message, 'sent', cause) : [];
  if (!message || sent.length === 0) return {};
  const opportunities = now.opportunities.filter((row) => row.id === message.opportunityId);
  return {
    moves: [
      ...opportunities.flatMap((row) => stepOpportunity(row, 'contacting', cause)),
      ...now.enrollments.filter((row) => row.id === message.enrollmentId).flatMap((row) => stepEnrollment(row, 'active', cause)),
      ...sent,
      ...now.pitches.filter((row) => row.id === message.pitchId).flatMap((row) => stepPitch(row, 'pitched', cause)),
    ],
    contactedProspects: opportunities.map((row) => row.prospectId),
    turns: opportunities.map((row) => ({ opportunityId: row.id, waitingOn: 'them' as const })),
  };
}

/** Not out this time, so it waits for the next try; unless a stop came in meanwhile, which a mail on the wire could not obey. */
function again(event: Extract<MailEvent, { kind: 'transmission_not_begun' | 'message_refused_for_now' }>, now: Snapshot): Partial<Effects> {
  const cause = { event: event.kind };
  const [message] = theMessage(event, now);
  const waits = message ? stepMessage(message, 'scheduled', cause) : [];
  if (!message || waits.length === 0) return {};
  const stopped =
    now.enrollments.some((row) => row.id === message.enrollmentId && !isOpen(row)) ||
    now.opportunities.some((row) => row.id === message.opportunityId && (row.stage === 'do_not_contact' || answered(row, message)));
  const cancelled = stopped ? stepMessage({ ...message, state: 'scheduled' }, 'cancelled', { ...cause, reason: 'stopped' }) : [];
  return { moves: [...waits, ...cancelled] };
}

/** Somebody has written while the follow-up was on the wire. */
function answered({ waitingOn }: OpportunityFacts, { followUp }: MessageFacts): boolean {
  return followUp === true && waitingOn === 'us';
}

function task(kind: TaskWish['kind'], message: MessageFacts): TaskWish {
  return { kind, subjectType: 'message', subjectId: message.id, opportunityId: message.opportunityId };
}

/** It may have left: its sequence waits until a person knows. */
function uncertain(event: Extract<MailEvent, { kind: 'delivery_uncertain' | 'restored_mail_uncertain' }>, now: Snapshot): Partial<Effects> {
  const [message] = theMessage(event, now);
  const unknown = message ? stepMessage(message, 'delivery_unknown', { event: event.kind }) : [];
  if (!message || unknown.length === 0) return {};
  const blocked = now.enrollments
    .filter((row) => row.id === message.enrollmentId)
    .flatMap((row) => stepEnrollment(row, 'blocked', { event: event.kind, reason: 'delivery_unknown' }));
  return { moves: [...blocked, ...unknown], tasks: [task('delivery_unknown', message)] };
}

/** Rows "message.sent" of state-model 7, and the life of a message around it (state-model 4). */
export const mailEffects: EffectsOf<Kind> = {
  message_approved: onlyTo('scheduled'),
  message_changed: (event, now) => {
    const cause = { event: event.kind };
    const messages = theMessage(event, now);
    const pitches = now.pitches.filter((row) => messages.some((message) => message.pitchId === row.id));
    return { moves: [...messages.flatMap((row) => stepMessage(row, 'draft', cause)), ...pitches.flatMap((row) => stepPitch(row, 'draft', cause))] };
  },
  message_replanned: onlyTo('cancelled'),
  message_claimed: onlyTo('claimed'),
  message_released: onlyTo('scheduled'),
  message_held: onlyTo('cancelled'),
  message_skipped: onlyTo('skipped'),
  transmission_begun: onlyTo('transmitting'),
  transmission_not_begun: again,
  message_refused_for_now: again,
  message_sent: gone,
  message_found_sent: gone,

  message_refused: (event, now) => {
    const cause = { event: event.kind, reason: event.code };
    const [message] = theMessage(event, now);
    const failed = message ? stepMessage(message, 'failed', cause) : [];
    if (!message || failed.length === 0) return {};
    const own = now.enrollments.filter((row) => row.id === message.enrollmentId);
    // An address that does not exist is a bounce, recorded by an event of its own.
    if (event.code === 'address') return { moves: failed };
    return { moves: [...endEnrollments(own, 'failed', now, cause), ...failed], tasks: [task('enrollment_failed', message)] };
  },

  delivery_uncertain: uncertain,
  restored_mail_found: gone,
  restored_mail_uncertain: uncertain,
};
