import { edges, type Machine } from './machine.js';

export const ENROLLMENT_STATES = [
  'pending',
  'active',
  'paused',
  'postponed',
  'blocked',
  'replied',
  'finished',
  'bounced',
  'unsubscribed',
  'stopped',
  'failed',
] as const;
export type EnrollmentState = (typeof ENROLLMENT_STATES)[number];

/** Enrollments that may still send something. */
export const OPEN_ENROLLMENT_STATES = ['pending', 'active', 'paused', 'postponed', 'blocked'] as const satisfies readonly EnrollmentState[];

/** A contact going through a sequence (state-model 3). */
export const ENROLLMENT: Machine<EnrollmentState> = {
  name: 'enrollment',
  states: ENROLLMENT_STATES,
  terminal: ['replied', 'finished', 'bounced', 'unsubscribed', 'stopped', 'failed'],
  edges: [
    ...edges<EnrollmentState>([null], 'pending', { by: ['person', 'automation'], on: ['enrolled'] }),
    ...edges<EnrollmentState>(['pending'], 'active', {
      by: ['person', 'schedule'],
      on: ['sequence_started', 'message_sent', 'message_found_sent', 'restored_mail_found'],
    }),
    ...edges<EnrollmentState>(['active'], 'paused', { by: ['person', 'automation'], on: ['guardrail_hit', 'human_took_over'] }),
    ...edges<EnrollmentState>(['paused'], 'active', { by: ['person'] }),
    ...edges<EnrollmentState>(['active'], 'postponed', { by: ['inbound'], on: ['auto_reply_received'] }),
    ...edges<EnrollmentState>(['postponed'], 'active', { by: ['schedule'], on: ['resume_due'] }),
    ...edges<EnrollmentState>(['active'], 'blocked', { by: ['guard'], on: ['enrollment_blocked', 'delivery_uncertain', 'restored_mail_uncertain'] }),
    ...edges<EnrollmentState>(['blocked'], 'active', {
      by: ['automation'],
      on: ['enrollment_unblocked', 'message_found_sent', 'restored_mail_found', 'auto_reply_received', 'bounced_soft'],
    }),
    ...edges<EnrollmentState>([...OPEN_ENROLLMENT_STATES, 'finished', 'stopped'], 'replied', { by: ['inbound'], on: ['reply_received'] }),
    ...edges<EnrollmentState>(OPEN_ENROLLMENT_STATES, 'bounced', { by: ['inbound'], on: ['bounced_hard'] }),
    ...edges<EnrollmentState>([...OPEN_ENROLLMENT_STATES, 'finished'], 'unsubscribed', {
      by: ['prospect', 'inbound'],
      on: ['opted_out', 'complained'],
    }),
    ...edges<EnrollmentState>(OPEN_ENROLLMENT_STATES, 'stopped', {
      by: ['person', 'automation', 'verifier'],
      on: [
        'goal_reached',
        'link_reported',
        'link_checked',
        'agreement_made',
        'contact_left',
        'contact_erased',
        'moved_by_hand',
        'blacklisted',
        'reply_classified',
        'complained',
        'term_ended',
      ],
    }),
    ...edges<EnrollmentState>(['active'], 'finished', { by: ['schedule'], on: ['sequence_finished'] }),
    ...edges<EnrollmentState>(['active'], 'failed', { by: ['automation'], on: ['message_refused'] }),
    ...edges<EnrollmentState>(['replied', 'finished'], 'active', { by: ['person'], requires: ['reason'] }),
  ],
};
