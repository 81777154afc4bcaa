import type { BacklinkState } from './machines/backlink.js';
import type { EnrollmentState } from './machines/enrollment.js';
import type { MachineName } from './machines/machine.js';
import type { MessageFact, MessageState } from './machines/message.js';
import type { OpportunityStage } from './machines/opportunity.js';
import type { PitchState } from './machines/pitch.js';

/** The rows an event touches, as they stand under lock. All opportunities are complete: with every enrollment, pitch and backlink of theirs. */
export interface Snapshot {
  readonly opportunities: readonly OpportunityFacts[];
  readonly enrollments: readonly EnrollmentFacts[];
  /** Messages not yet on the wire, and the message the event is about. */
  readonly messages: readonly MessageFacts[];
  readonly pitches: readonly PitchFacts[];
  readonly backlinks: readonly BacklinkFacts[];
}

export interface OpportunityFacts {
  readonly id: string;
  readonly stage: OpportunityStage;
  readonly prospectId: string;
  readonly contactBlocked: boolean;
  /** Whose turn it is, where that is known. */
  readonly waitingOn?: WaitingOn | null;
  /** The site has a contact that could still be written to and is not enrolled here. */
  readonly anotherContactLeft: boolean;
}

export interface EnrollmentFacts {
  readonly id: string;
  readonly opportunityId: string;
  readonly contactId: string;
  readonly state: EnrollmentState;
}

export interface MessageFacts {
  readonly id: string;
  readonly state: MessageState;
  readonly contactId: string | null;
  readonly opportunityId: string | null;
  readonly enrollmentId: string | null;
  readonly pitchId: string | null;
  /** Goes out only while nobody answers (F81). */
  readonly followUp?: boolean;
}

export interface PitchFacts {
  readonly id: string;
  readonly opportunityId: string;
  readonly state: PitchState;
}

export interface BacklinkFacts {
  readonly id: string;
  readonly opportunityId: string | null;
  /** The pitch whose article carries the link, where one is known; else a verdict speaks for every reported pitch of the card. */
  readonly pitchId?: string | null;
  readonly state: BacklinkState;
  /** Counts for the opportunity's success. */
  readonly required: boolean;
  readonly policyRisk: boolean;
  /** Null until it was live once: `backlink.live` fires exactly then. */
  readonly firstLiveAt: Date | null;
}

/** One step of one row; several of one row stand in their order. */
export interface Move {
  readonly machine: MachineName;
  readonly id: string;
  readonly to: string;
  /** A code or a person's words, kept with the history. */
  readonly reason?: string;
}

export const TASK_KINDS = [
  'delivery_unknown',
  'find_successor',
  'link_degraded',
  'link_lost',
  'enrollment_failed',
  'answer_reply',
  'pitch_clock',
] as const;
export type TaskKind = (typeof TASK_KINDS)[number];

/** Work that an event leaves for a person. */
export interface TaskWish {
  readonly kind: TaskKind;
  readonly subjectType: MachineName | 'contact';
  readonly subjectId: string;
  readonly opportunityId: string | null;
}

/** Who is to write next: we, or they. */
export const WAITING_ON = ['us', 'them'] as const;
export type WaitingOn = (typeof WAITING_ON)[number];

/** Whose turn it is at a card from now on; null when nobody is to write any more. */
export interface Turn {
  readonly opportunityId: string;
  readonly waitingOn: WaitingOn | null;
}

export interface Effects {
  readonly moves: readonly Move[];
  readonly facts: readonly { readonly messageId: string; readonly fact: MessageFact }[];
  readonly tasks: readonly TaskWish[];
  /** Opportunities past the deal whose contact no longer wants mail. */
  readonly blockContact: readonly string[];
  /** Sites that have just been written to. */
  readonly contactedProspects: readonly string[];
  readonly turns: readonly Turn[];
}
