import { edges, type Machine } from './machine.js';

export const OPPORTUNITY_STAGES = [
  'new',
  'qualified',
  'ready',
  'contacting',
  'engaged',
  'negotiating',
  'agreed',
  'in_production',
  'awaiting_live',
  'live',
  'at_risk',
  'lost_link',
  'disqualified',
  'declined',
  'no_response',
  'do_not_contact',
  'completed',
  'written_off',
] as const;
export type OpportunityStage = (typeof OPPORTUNITY_STAGES)[number];

/** A mail of unknown fate that one of these proves sent has reached the site like any other. */
const PROOFS_OF_SENDING = ['message_found_sent', 'restored_mail_found', 'auto_reply_received', 'bounced_soft'] as const;
const BEFORE_A_DEAL = ['new', 'qualified', 'ready', 'contacting', 'engaged', 'negotiating'] as const;

/** One prospect worked in one campaign: the card on the board (state-model 1). */
export const OPPORTUNITY: Machine<OpportunityStage> = {
  name: 'opportunity',
  states: OPPORTUNITY_STAGES,
  terminal: ['disqualified', 'declined', 'no_response', 'do_not_contact', 'completed', 'written_off'],
  edges: [
    ...edges<OpportunityStage>([null], 'new', { by: ['person', 'automation'], on: ['opportunity_created'] }),
    ...edges<OpportunityStage>(['new'], 'qualified', { by: ['person', 'automation'], on: ['criteria_met'] }),
    ...edges<OpportunityStage>(['new'], 'ready', { by: ['automation'], on: ['enrolled'] }),
    ...edges<OpportunityStage>(['qualified'], 'ready', { by: ['person', 'automation'], on: ['criteria_met', 'enrolled'] }),
    ...edges<OpportunityStage>(['new', 'qualified', 'ready'], 'disqualified', {
      by: ['person', 'automation', 'guard'],
      on: ['blacklisted'],
      requires: ['reason'],
    }),
    ...edges<OpportunityStage>(['ready'], 'contacting', { by: ['automation'], on: ['message_sent', 'human_took_over', ...PROOFS_OF_SENDING] }),
    ...edges<OpportunityStage>(['contacting', 'no_response'], 'engaged', {
      by: ['inbound'],
      on: ['reply_received', 'reply_classified', 'agreement_made'],
    }),
    ...edges<OpportunityStage>(['contacting'], 'no_response', { by: ['schedule'], on: ['silence_over'] }),
    ...edges<OpportunityStage>(['contacting'], 'ready', { by: ['automation'], on: ['bounced_hard', 'silence_over'] }),
    ...edges<OpportunityStage>(['contacting'], 'disqualified', { by: ['automation'], on: ['bounced_hard'] }),
    ...edges<OpportunityStage>(['engaged'], 'negotiating', { by: ['inbound', 'person'], on: ['reply_classified'] }),
    ...edges<OpportunityStage>(['engaged', 'negotiating'], 'agreed', { by: ['person', 'automation'], on: ['agreement_made'] }),
    ...edges<OpportunityStage>(['engaged', 'negotiating', 'contacting'], 'declined', { by: ['inbound', 'person'], on: ['reply_classified'] }),
    ...edges<OpportunityStage>(['agreed'], 'in_production', { by: ['automation'], on: ['writing_started', 'draft_sent'] }),
    ...edges<OpportunityStage>(['agreed', 'in_production'], 'awaiting_live', { by: ['automation', 'person'], on: ['content_delivered'] }),
    ...edges<OpportunityStage>(['awaiting_live', 'engaged', 'negotiating', 'agreed', 'in_production'], 'live', {
      by: ['verifier'],
      on: ['link_checked'],
    }),
    ...edges<OpportunityStage>(['contacting', 'no_response', 'declined', 'new', 'qualified', 'ready', 'disqualified'], 'live', {
      by: ['verifier'],
      on: ['link_checked'],
    }),
    ...edges<OpportunityStage>(['live'], 'at_risk', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<OpportunityStage>(['at_risk', 'lost_link'], 'live', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<OpportunityStage>(['at_risk', 'live'], 'lost_link', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<OpportunityStage>(['lost_link'], 'engaged', { by: ['inbound'], on: ['reply_received'] }),
    ...edges<OpportunityStage>(['live'], 'completed', { by: ['schedule', 'person'], on: ['term_ended'] }),
    ...edges<OpportunityStage>(['agreed', 'in_production', 'awaiting_live'], 'declined', { by: ['person', 'inbound'], requires: ['reason'] }),
    ...edges<OpportunityStage>(['no_response', 'declined', 'disqualified'], 'qualified', {
      by: ['person', 'automation'],
      on: ['not_now_over'],
      requires: ['reason'],
      managersOnly: true,
    }),
    ...edges<OpportunityStage>([...BEFORE_A_DEAL, 'no_response', 'declined', 'disqualified'], 'do_not_contact', {
      by: ['inbound', 'prospect', 'person'],
      on: ['opted_out', 'complained'],
    }),
    ...edges<OpportunityStage>(['new', 'qualified', 'ready', 'declined', 'disqualified', 'completed'], 'engaged', {
      by: ['inbound', 'person'],
      on: ['reply_received'],
    }),
    ...edges<OpportunityStage>(['qualified', 'ready'], 'agreed', { by: ['person'] }),
    ...edges<OpportunityStage>(['engaged', 'negotiating'], 'no_response', { by: ['schedule'], on: ['silence_over'] }),
    ...edges<OpportunityStage>(['lost_link'], 'written_off', { by: ['person'] }),
    ...edges<OpportunityStage>(['do_not_contact'], 'qualified', { by: ['person'], requires: ['reason'], managersOnly: true }),
  ],
};

/** From the deal on, an opt-out blocks mail but leaves the card where it stands (state-model 1). */
export const STAGES_FROM_AGREED: readonly OpportunityStage[] = [
  'agreed',
  'in_production',
  'awaiting_live',
  'live',
  'at_risk',
  'lost_link',
  'completed',
  'written_off',
];
/** Stages that hold the site against colleagues (F3). */
export const OPEN_STAGES: readonly OpportunityStage[] = OPPORTUNITY_STAGES.filter((stage) => !OPPORTUNITY.terminal.includes(stage));
