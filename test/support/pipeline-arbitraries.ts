import fc from 'fast-check';
import { BACKLINK_STATES } from '../../src/domain/machines/backlink.js';
import { ENROLLMENT_STATES, OPEN_ENROLLMENT_STATES } from '../../src/domain/machines/enrollment.js';
import { MACHINES } from '../../src/domain/machines/all-machines.js';
import { MACHINE_NAMES } from '../../src/domain/machines/machine.js';
import { MESSAGE_STATES } from '../../src/domain/machines/message.js';
import { OPPORTUNITY_STAGES } from '../../src/domain/machines/opportunity.js';
import { PITCH_STATES } from '../../src/domain/machines/pitch.js';
import { type PipelineEvent, REPLY_CLASSES } from '../../src/domain/pipeline-events.js';
import type { Snapshot } from '../../src/domain/pipeline-snapshot.js';

const CARDS = ['card-1', 'card-2'] as const;
const CONTACTS = ['contact-1', 'contact-2'] as const;
const ENROLLMENTS = ['enrollment-1', 'enrollment-2', 'enrollment-3'] as const;
const MESSAGES = ['message-1', 'message-2', 'message-3', 'message-4', 'message-5', 'message-6'] as const;
const PITCHES = ['pitch-1', 'pitch-2'] as const;
const LINKS = ['link-1', 'link-2', 'link-3'] as const;
const IDS = { opportunity: CARDS, enrollment: ENROLLMENTS, message: MESSAGES, pitch: PITCHES, backlink: LINKS };

/** A site with two cards and two contacts: who is enrolled where, by which mail, for which links. */
const SHAPE = {
  enrollments: [
    { id: 'enrollment-1', opportunityId: 'card-1', contactId: 'contact-1' },
    { id: 'enrollment-2', opportunityId: 'card-1', contactId: 'contact-2' },
    { id: 'enrollment-3', opportunityId: 'card-2', contactId: 'contact-1' },
  ],
  messages: [
    { id: 'message-1', opportunityId: 'card-1', contactId: 'contact-1', enrollmentId: 'enrollment-1', pitchId: 'pitch-1' },
    { id: 'message-2', opportunityId: 'card-1', contactId: 'contact-2', enrollmentId: 'enrollment-2', pitchId: null },
    { id: 'message-3', opportunityId: 'card-2', contactId: 'contact-1', enrollmentId: 'enrollment-3', pitchId: null },
    { id: 'message-4', opportunityId: 'card-2', contactId: 'contact-2', enrollmentId: null, pitchId: 'pitch-2' },
    { id: 'message-6', opportunityId: 'card-1', contactId: 'contact-1', enrollmentId: null, pitchId: null, followUp: true },
    { id: 'message-5', opportunityId: 'card-1', contactId: 'contact-1', enrollmentId: 'enrollment-1', pitchId: null },
  ],
  pitches: [
    { id: 'pitch-1', opportunityId: 'card-1' },
    { id: 'pitch-2', opportunityId: 'card-2' },
  ],
  backlinks: [
    { id: 'link-1', opportunityId: 'card-1', required: true },
    { id: 'link-2', opportunityId: 'card-1', required: true },
    { id: 'link-3', opportunityId: 'card-2', required: false },
  ],
} as const;

/** A site in the middle of its life: every machine anywhere, no mail waiting under an ended enrollment. */
export const anyWorld: fc.Arbitrary<Snapshot> = fc
  .record({
    stages: fc.array(fc.record({ stage: fc.constantFrom(...OPPORTUNITY_STAGES), anotherContactLeft: fc.boolean() }), { minLength: 2, maxLength: 2 }),
    enrollments: fc.array(fc.oneof(fc.constantFrom(...OPEN_ENROLLMENT_STATES), fc.constantFrom(...ENROLLMENT_STATES)), {
      minLength: 3,
      maxLength: 3,
    }),
    messages: fc.array(fc.constantFrom(...MESSAGE_STATES.filter((state) => state !== 'failed_temporary')), { minLength: 6, maxLength: 6 }),
    pitches: fc.array(fc.constantFrom(...PITCH_STATES), { minLength: 2, maxLength: 2 }),
    backlinks: fc.array(fc.constantFrom(...BACKLINK_STATES), { minLength: 3, maxLength: 3 }),
  })
  .map((drawn) => {
    const enrollments = SHAPE.enrollments.map((row, at) => ({ ...row, state: drawn.enrollments[at]! }));
    const open = new Set(enrollments.filter((row) => (OPEN_ENROLLMENT_STATES as readonly string[]).includes(row.state)).map((row) => row.id));
    return {
      opportunities: drawn.stages.map((row, at) => ({ ...row, id: CARDS[at]!, prospectId: 'site', contactBlocked: false })),
      enrollments,
      messages: SHAPE.messages.map((row, at) => ({
        ...row,
        state: row.enrollmentId === null || open.has(row.enrollmentId) ? drawn.messages[at]! : 'sent',
      })),
      pitches: SHAPE.pitches.map((row, at) => ({ ...row, state: drawn.pitches[at]! })),
      backlinks: SHAPE.backlinks.map((row, at) => {
        const state = drawn.backlinks[at]!;
        const firstLiveAt = ['live', 'suspect', 'lost'].includes(state) ? new Date('2026-01-01T00:00:00Z') : null;
        return { ...row, state, policyRisk: false, firstLiveAt };
      }),
    };
  });

const code = fc.constantFrom('address', 'policy');
const opportunityId = fc.constantFrom(...CARDS);
const enrollmentId = fc.constantFrom(...ENROLLMENTS);
const messageId = fc.constantFrom(...MESSAGES);
const pitchId = fc.constantFrom(...PITCHES);
const backlinkId = fc.constantFrom(...LINKS);
const contactId = fc.constantFrom(...CONTACTS);

/** One arbitrary per kind; the type makes a kind that is forgotten here a compile error. */
const EVENTS: { readonly [K in PipelineEvent['kind']]: fc.Arbitrary<Omit<Extract<PipelineEvent, { kind: K }>, 'kind'>> } = {
  moved_by_hand: fc
    .constantFrom(...MACHINE_NAMES)
    .chain((machine) =>
      fc.record({ machine: fc.constant(machine), subjectId: fc.constantFrom(...IDS[machine]), to: fc.constantFrom(...MACHINES[machine].states) }),
    ),
  criteria_met: fc.record({ opportunityId, to: fc.constantFrom('qualified', 'ready') }),
  blacklisted: fc.record({ opportunityId, reason: fc.constant('spam_farm') }),
  enrolled: fc.record({ enrollmentId }),
  sequence_started: fc.record({ enrollmentId }),
  sequence_finished: fc.record({ enrollmentId }),
  resume_due: fc.record({ enrollmentId }),
  enrollment_blocked: fc.record({ enrollmentId, code }),
  enrollment_unblocked: fc.record({ enrollmentId }),
  guardrail_hit: fc.record({ enrollmentId, code }),
  human_took_over: fc.record({ enrollmentId }),
  silence_over: fc.record({ opportunityId }),
  not_now_over: fc.record({ opportunityId }),
  goal_reached: fc.record({ opportunityId }),
  message_approved: fc.record({ messageId }),
  message_changed: fc.record({ messageId }),
  message_claimed: fc.record({ messageId }),
  message_released: fc.record({ messageId }),
  message_held: fc.record({ messageId, code }),
  message_replanned: fc.record({ messageId, code }),
  message_skipped: fc.record({ messageId, code }),
  transmission_begun: fc.record({ messageId }),
  transmission_not_begun: fc.record({ messageId }),
  message_sent: fc.record({ messageId }),
  message_refused_for_now: fc.record({ messageId }),
  message_refused: fc.record({ messageId, code }),
  delivery_uncertain: fc.record({ messageId }),
  message_found_sent: fc.record({ messageId }),
  restored_mail_found: fc.record({ messageId }),
  restored_mail_uncertain: fc.record({ messageId }),
  reply_received: fc.record({ messageId: fc.option(messageId), contactId, wholeSite: fc.boolean() }),
  reply_classified: fc.record({ opportunityId, class: fc.constantFrom(...REPLY_CLASSES) }),
  auto_reply_received: fc.record({ messageId, resumeAt: fc.constantFrom(null, new Date('2026-12-01T00:00:00Z')) }),
  contact_left: fc.record({ contactId }),
  bounced_hard: fc.record({ messageId }),
  bounced_soft: fc.record({ messageId }),
  complained: fc.record({ contactId, messageId: fc.option(messageId) }),
  opted_out: fc.record({ contactId, scope: fc.constantFrom('contact', 'site') }),
  contact_erased: fc.record({ contactId }),
  agreement_made: fc.record({ opportunityId, pitchId: fc.option(pitchId) }),
  writing_started: fc.record({ pitchId }),
  draft_sent: fc.record({ pitchId }),
  content_delivered: fc.record({ opportunityId }),
  answer_overdue: fc.record({ pitchId }),
  publication_overdue: fc.record({ pitchId }),
  link_reported: fc.record({ backlinkId, pitchId: fc.option(pitchId) }),
  check_claimed: fc.record({ backlinkId }),
  link_checked: fc.record({ backlinkId, to: fc.option(fc.constantFrom(...BACKLINK_STATES)), policyRisk: fc.boolean() }),
  link_changed: fc.record({ backlinkId, changes: fc.constant([]) }),
  term_ended: fc.record({ backlinkId }),
};

/** Every kind that can happen to rows that are there. */
export const EVENT_KINDS = Object.keys(EVENTS) as PipelineEvent['kind'][];

/** Links, mail and hands weigh more than the rest: their machines have the most states. */
const WEIGHT: Partial<Record<PipelineEvent['kind'], number>> = {
  link_checked: 6,
  moved_by_hand: 6,
  message_claimed: 4,
  transmission_begun: 4,
  message_refused_for_now: 3,
  reply_received: 3,
};

/** Events of one kind, about any of the rows. */
export function anyEventOf(kind: PipelineEvent['kind']): fc.Arbitrary<PipelineEvent> {
  // Pairs the kind with its own fields, which the table's type has proved.
  return (EVENTS[kind] as fc.Arbitrary<object>).map((fields) => ({ kind, ...fields }) as PipelineEvent);
}

export const anyEvent: fc.Arbitrary<PipelineEvent> = fc.oneof(
  ...EVENT_KINDS.map((kind) => ({ weight: WEIGHT[kind] ?? 1, arbitrary: anyEventOf(kind) })),
);

/** Any order of events; some come twice, some late: again after others. */
export const anyHistory: fc.Arbitrary<PipelineEvent[]> = fc
  .array(fc.record({ event: anyEvent, again: fc.constantFrom('never', 'never', 'at once', 'late') }), { minLength: 1, maxLength: 60, size: 'max' })
  .map((drawn) => [
    ...drawn.flatMap(({ event, again }) => (again === 'at once' ? [event, event] : [event])),
    ...drawn.filter(({ again }) => again === 'late').map(({ event }) => event),
  ]);
