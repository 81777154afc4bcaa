import { edges, type Machine } from './machine.js';

export const MESSAGE_STATES = [
  'draft',
  'pending_approval',
  'scheduled',
  'claimed',
  'transmitting',
  'sent',
  'cancelled',
  'skipped',
  'failed_temporary',
  'failed',
  'delivery_unknown',
] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** Messages whose first byte has not left; a stop cancels them. */
export const UNSENT_MESSAGE_STATES = ['draft', 'pending_approval', 'scheduled', 'claimed'] as const satisfies readonly MessageState[];

/** What may become true of a sent message; several may hold at once. */
export const MESSAGE_FACTS = ['delivered', 'delayed', 'bounced_soft', 'bounced_hard', 'complained', 'replied'] as const;
export type MessageFact = (typeof MESSAGE_FACTS)[number];

const STOPPERS = ['inbound', 'prospect', 'automation', 'verifier', 'guard'] as const;
/** What ends an enrollment or a card, and with it every mail that has not left. */
const STOPS = [
  'opted_out',
  'complained',
  'reply_received',
  'reply_classified',
  'bounced_hard',
  'goal_reached',
  'link_reported',
  'link_checked',
  'agreement_made',
  'contact_left',
  'contact_erased',
  'moved_by_hand',
  'blacklisted',
  'silence_over',
  'term_ended',
  'message_refused',
] as const;

/** One mail going out (state-model 4). `transmitting` is committed before the first byte of DATA. */
export const MESSAGE: Machine<MessageState> = {
  name: 'message',
  states: MESSAGE_STATES,
  terminal: ['sent', 'cancelled', 'skipped', 'failed'],
  edges: [
    ...edges<MessageState>([null], 'draft', { by: ['person', 'automation'], on: ['message_drafted'] }),
    ...edges<MessageState>([null], 'scheduled', { by: ['person', 'automation', 'schedule'], on: ['message_queued'] }),
    ...edges<MessageState>([null], 'pending_approval', { by: ['person', 'automation'], on: ['message_drafted'] }),
    ...edges<MessageState>(['draft'], 'pending_approval', { by: ['person'] }),
    ...edges<MessageState>(['draft', 'pending_approval'], 'scheduled', { by: ['person', 'automation'], on: ['message_approved'] }),
    ...edges<MessageState>(['pending_approval'], 'draft', { by: ['person', 'guard'], on: ['message_changed'] }),
    ...edges<MessageState>(['scheduled'], 'claimed', { by: ['schedule'], on: ['message_claimed'] }),
    ...edges<MessageState>(['draft', 'pending_approval'], 'cancelled', { by: ['person', ...STOPPERS], on: [...STOPS, 'message_replanned'] }),
    ...edges<MessageState>(['scheduled'], 'cancelled', {
      by: ['person', ...STOPPERS],
      // Held back before it was claimed, or refused for now while a stop came in.
      on: [...STOPS, 'message_held', 'message_replanned', 'message_refused_for_now', 'transmission_not_begun'],
    }),
    ...edges<MessageState>(['claimed'], 'cancelled', { by: STOPPERS, on: [...STOPS, 'message_held'] }),
    ...edges<MessageState>(['claimed'], 'scheduled', { by: ['schedule', 'guard'], on: ['message_released'] }),
    ...edges<MessageState>(['claimed'], 'transmitting', { by: ['schedule'], on: ['transmission_begun'] }),
    ...edges<MessageState>(['transmitting'], 'sent', { by: ['automation'], on: ['message_sent', 'restored_mail_found'] }),
    ...edges<MessageState>(['transmitting'], 'failed_temporary', { by: ['automation'], on: ['message_refused_for_now'] }),
    ...edges<MessageState>(['failed_temporary'], 'scheduled', { by: ['schedule'], on: ['message_refused_for_now'] }),
    ...edges<MessageState>(['transmitting'], 'failed', { by: ['automation'], on: ['message_refused'] }),
    ...edges<MessageState>(['transmitting'], 'scheduled', { by: ['automation'], on: ['transmission_not_begun'] }),
    ...edges<MessageState>(['transmitting'], 'delivery_unknown', { by: ['automation', 'guard'], on: ['delivery_uncertain'] }),
    ...edges<MessageState>(['delivery_unknown'], 'sent', {
      by: ['person', 'inbound', 'automation'],
      on: ['message_found_sent', 'restored_mail_found', 'reply_received', 'auto_reply_received', 'bounced_hard', 'bounced_soft', 'complained'],
      requires: ['reason'],
    }),
    // after a restore the row knows less than the folder of sent mails
    ...edges<MessageState>([...UNSENT_MESSAGE_STATES, 'failed_temporary'], 'sent', {
      by: ['automation'],
      on: ['restored_mail_found'],
    }),
    ...edges<MessageState>(['scheduled', 'claimed'], 'delivery_unknown', { by: ['automation'], on: ['restored_mail_uncertain'] }),
    ...edges<MessageState>(['delivery_unknown'], 'scheduled', { by: ['person'], requires: ['reason'] }),
    ...edges<MessageState>(['delivery_unknown'], 'cancelled', { by: ['person'], requires: ['reason'] }),
    ...edges<MessageState>(['scheduled'], 'skipped', { by: ['schedule'], on: ['message_skipped'] }),
  ],
};
