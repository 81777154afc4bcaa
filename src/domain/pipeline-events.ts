import type { LinkChange } from './link-changes.js';
import type { BacklinkState } from './machines/backlink.js';
import type { MachineName } from './machines/machine.js';

/** What an editor's answer means (state-model 7; the inbox corrects it). */
export const REPLY_CLASSES = ['interested', 'asks_fee', 'not_now', 'wrong_person', 'declined', 'unsubscribe_request', 'auto', 'other'] as const;
export type ReplyClass = (typeof REPLY_CLASSES)[number];
/** Classes of incoming mail that a person wrote, before and after somebody said what it means. */
export const CLASSES_FROM_PEOPLE: readonly string[] = ['human', ...REPLY_CLASSES.filter((found) => found !== 'auto')];

/** A fact about one message that is going out or has gone. */
interface OfMessage {
  readonly messageId: string;
}
interface OfEnrollment {
  readonly enrollmentId: string;
}
interface OfOpportunity {
  readonly opportunityId: string;
}
interface OfPitch {
  readonly pitchId: string;
}

/**
 * Everything that can happen to the five machines, except the making of a new row.
 * An event names its subject; `pipeline` loads all rows the subject touches, `effectsOf` says what becomes of them.
 */
export type PipelineEvent =
  | { readonly kind: 'moved_by_hand'; readonly machine: MachineName; readonly subjectId: string; readonly to: string; readonly reason?: string }
  | ({ readonly kind: 'criteria_met'; readonly to: 'qualified' | 'ready' } & OfOpportunity)
  | ({ readonly kind: 'blacklisted'; readonly reason: string } & OfOpportunity)
  | ({ readonly kind: 'enrolled' } & OfEnrollment)
  | ({ readonly kind: 'sequence_started' } & OfEnrollment)
  | ({ readonly kind: 'sequence_finished' } & OfEnrollment)
  | ({ readonly kind: 'resume_due' } & OfEnrollment)
  | ({ readonly kind: 'enrollment_blocked'; readonly code: string } & OfEnrollment)
  | ({ readonly kind: 'enrollment_unblocked' } & OfEnrollment)
  | ({ readonly kind: 'guardrail_hit'; readonly code: string } & OfEnrollment)
  | ({ readonly kind: 'human_took_over' } & OfEnrollment)
  | ({ readonly kind: 'silence_over' } & OfOpportunity)
  | ({ readonly kind: 'not_now_over' } & OfOpportunity)
  | ({ readonly kind: 'goal_reached' } & OfOpportunity)
  | ({ readonly kind: 'message_approved' } & OfMessage)
  | ({ readonly kind: 'message_changed' } & OfMessage)
  /** Its step was changed before it left: it is called off, and planned anew. */
  | ({ readonly kind: 'message_replanned'; readonly code: string } & OfMessage)
  | ({ readonly kind: 'message_claimed' } & OfMessage)
  | ({ readonly kind: 'message_released' } & OfMessage)
  | ({ readonly kind: 'message_held'; readonly code: string } & OfMessage)
  | ({ readonly kind: 'message_skipped'; readonly code: string } & OfMessage)
  | ({ readonly kind: 'transmission_begun' } & OfMessage)
  | ({ readonly kind: 'transmission_not_begun' } & OfMessage)
  | ({ readonly kind: 'message_sent' } & OfMessage)
  | ({ readonly kind: 'message_refused_for_now' } & OfMessage)
  | ({ readonly kind: 'message_refused'; readonly code: string } & OfMessage)
  | ({ readonly kind: 'delivery_uncertain' } & OfMessage)
  | ({ readonly kind: 'message_found_sent' } & OfMessage)
  /** A restored database learns that it has sent a mail which it had as waiting; or that nobody can tell. */
  | ({ readonly kind: 'restored_mail_found' } & OfMessage)
  | ({ readonly kind: 'restored_mail_uncertain' } & OfMessage)
  /** A person wrote. `messageId` is what they answer, null for a new mail of theirs. */
  | { readonly kind: 'reply_received'; readonly messageId: string | null; readonly contactId: string; readonly wholeSite: boolean }
  | ({ readonly kind: 'reply_classified'; readonly class: ReplyClass } & OfOpportunity)
  | ({ readonly kind: 'auto_reply_received'; readonly resumeAt: Date | null } & OfMessage)
  | { readonly kind: 'contact_left'; readonly contactId: string }
  | ({ readonly kind: 'bounced_hard' } & OfMessage)
  | ({ readonly kind: 'bounced_soft' } & OfMessage)
  | { readonly kind: 'complained'; readonly contactId: string; readonly messageId: string | null }
  /** `scope` site: the whole site wants no mail; contact: this person. */
  | { readonly kind: 'opted_out'; readonly contactId: string; readonly scope: 'contact' | 'site' }
  | { readonly kind: 'contact_erased'; readonly contactId: string }
  | ({ readonly kind: 'agreement_made'; readonly pitchId: string | null } & OfOpportunity)
  | ({ readonly kind: 'writing_started' } & OfPitch)
  | ({ readonly kind: 'draft_sent' } & OfPitch)
  | ({ readonly kind: 'content_delivered' } & OfOpportunity)
  | ({ readonly kind: 'answer_overdue' } & OfPitch)
  | ({ readonly kind: 'publication_overdue' } & OfPitch)
  | { readonly kind: 'link_reported'; readonly backlinkId: string; readonly pitchId: string | null }
  | { readonly kind: 'check_claimed'; readonly backlinkId: string }
  /** A check was judged; `to` is what the link is believed to be now, null when nothing is to move. */
  | {
      readonly kind: 'link_checked';
      readonly backlinkId: string;
      readonly to: BacklinkState | null;
      readonly policyRisk: boolean;
      readonly changes?: readonly LinkChange[];
    }
  /** A person gave the link another address. */
  | { readonly kind: 'link_changed'; readonly backlinkId: string; readonly changes: readonly LinkChange[] }
  | { readonly kind: 'term_ended'; readonly backlinkId: string };
