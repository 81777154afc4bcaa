import { edges, type Machine } from './machine.js';

export const PITCH_STATES = [
  'draft',
  'pending_approval',
  'pitched',
  'countered',
  'accepted',
  'writing',
  'draft_submitted',
  'revision_requested',
  'draft_approved',
  'scheduled',
  'published_reported',
  'published_verified',
  'rejected',
  'withdrawn',
  'expired',
  'defaulted',
] as const;
export type PitchState = (typeof PITCH_STATES)[number];

/** The offer has left; the later ones prove it of a mail whose fate was unknown. */
const OFFER_SENT = ['message_sent', 'message_found_sent', 'restored_mail_found', 'reply_received', 'auto_reply_received', 'bounced_soft'] as const;

/** One guest-post proposal (state-model 2). */
export const PITCH: Machine<PitchState> = {
  name: 'pitch',
  states: PITCH_STATES,
  terminal: ['published_verified', 'rejected', 'withdrawn', 'expired', 'defaulted'],
  edges: [
    ...edges<PitchState>([null], 'draft', { by: ['person'], on: ['pitch_created'] }),
    ...edges<PitchState>(['draft'], 'pending_approval', { by: ['person'] }),
    ...edges<PitchState>(['pending_approval'], 'draft', { by: ['person', 'guard'], on: ['message_changed'] }),
    ...edges<PitchState>(['pending_approval', 'draft'], 'pitched', { by: ['automation'], on: OFFER_SENT }),
    ...edges<PitchState>(['pitched'], 'countered', { by: ['inbound', 'person'], on: ['reply_classified'] }),
    ...edges<PitchState>(['countered'], 'pitched', { by: ['automation'], on: OFFER_SENT }),
    ...edges<PitchState>(['pitched', 'countered'], 'accepted', {
      by: ['person', 'inbound'],
      on: ['agreement_made'],
      requires: ['agreement'],
    }),
    ...edges<PitchState>(['pitched', 'countered'], 'rejected', { by: ['inbound', 'person'], on: ['reply_classified'], requires: ['reason'] }),
    ...edges<PitchState>(['pitched', 'countered'], 'expired', { by: ['schedule'], on: ['answer_overdue'] }),
    ...edges<PitchState>(['accepted'], 'writing', { by: ['person', 'automation'], on: ['writing_started'], requires: ['draftDueOn'] }),
    ...edges<PitchState>(['writing'], 'draft_submitted', { by: ['automation', 'person'], on: ['draft_sent'] }),
    ...edges<PitchState>(['draft_submitted'], 'revision_requested', { by: ['inbound', 'person'] }),
    ...edges<PitchState>(['revision_requested'], 'draft_submitted', { by: ['automation', 'person'], on: ['draft_sent'] }),
    ...edges<PitchState>(['draft_submitted'], 'draft_approved', { by: ['inbound', 'person'] }),
    ...edges<PitchState>(['draft_approved'], 'scheduled', { by: ['person', 'inbound'], requires: ['publishOn'] }),
    ...edges<PitchState>(
      ['draft_approved', 'scheduled', 'draft_submitted', 'pitched', 'countered', 'accepted', 'writing', 'revision_requested', 'expired', 'defaulted'],
      'published_reported',
      { by: ['prospect', 'person', 'inbound'], on: ['link_reported'], requires: ['liveUrl'] },
    ),
    ...edges<PitchState>(['published_reported'], 'published_verified', { by: ['verifier', 'person'], on: ['link_checked'], requires: ['agreement'] }),
    ...edges<PitchState>(['published_reported'], 'scheduled', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<PitchState>(['scheduled', 'draft_approved'], 'defaulted', { by: ['schedule', 'person'] }),
    ...edges<PitchState>(['draft', 'pending_approval', 'pitched', 'countered'], 'withdrawn', {
      by: ['person', 'inbound', 'prospect'],
      on: ['opted_out', 'complained'],
    }),
    ...edges<PitchState>(['accepted', 'writing'], 'withdrawn', { by: ['person', 'inbound', 'prospect'] }),
    ...edges<PitchState>(['accepted', 'writing', 'draft_submitted', 'revision_requested', 'draft_approved', 'scheduled'], 'rejected', {
      by: ['inbound', 'person'],
      requires: ['reason'],
    }),
    ...edges<PitchState>(['accepted'], 'scheduled', { by: ['person'], requires: ['publishOn'] }),
    ...edges<PitchState>(['expired'], 'countered', { by: ['inbound', 'person'], on: ['reply_classified'] }),
    ...edges<PitchState>(['rejected', 'expired', 'withdrawn', 'defaulted'], 'draft', { by: ['person'] }),
  ],
};
