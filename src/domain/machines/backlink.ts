import { edges, type Machine } from './machine.js';

export const BACKLINK_STATES = [
  'expected',
  'reported',
  'verifying',
  'live',
  'degraded',
  'suspect',
  'needs_review',
  'lost',
  'rejected',
  'closed',
] as const;
export type BacklinkState = (typeof BACKLINK_STATES)[number];

/** One link from a page to a target page (state-model 5). `live` and `lost` come from evidence only. */
export const BACKLINK: Machine<BacklinkState> = {
  name: 'backlink',
  states: BACKLINK_STATES,
  terminal: ['closed'],
  edges: [
    ...edges<BacklinkState>([null], 'expected', { by: ['automation'], on: ['agreement_made'] }),
    ...edges<BacklinkState>([null, 'expected'], 'reported', {
      by: ['prospect', 'person', 'inbound'],
      on: ['link_reported'],
      requires: ['sourceUrl'],
    }),
    ...edges<BacklinkState>(['reported'], 'verifying', { by: ['schedule'], on: ['check_claimed', 'link_checked'] }),
    ...edges<BacklinkState>(['verifying'], 'live', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['verifying'], 'degraded', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['verifying'], 'reported', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['verifying'], 'rejected', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['verifying', 'degraded', 'suspect'], 'needs_review', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['needs_review'], 'live', { by: ['person', 'verifier'], on: ['link_checked'], requires: ['attestation'] }),
    ...edges<BacklinkState>(['needs_review'], 'degraded', { by: ['person', 'verifier'], on: ['link_checked'], requires: ['attestation'] }),
    ...edges<BacklinkState>(['needs_review'], 'lost', { by: ['person'], requires: ['attestation'] }),
    ...edges<BacklinkState>(['needs_review'], 'rejected', { by: ['person'], requires: ['attestation'] }),
    ...edges<BacklinkState>(['needs_review'], 'suspect', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['live'], 'degraded', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['degraded'], 'live', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['live', 'degraded'], 'suspect', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['suspect'], 'live', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['suspect'], 'degraded', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['suspect'], 'lost', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['lost'], 'live', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['lost'], 'degraded', { by: ['verifier'], on: ['link_checked'] }),
    ...edges<BacklinkState>(['live', 'degraded'], 'closed', { by: ['schedule'], on: ['term_ended'] }),
    ...edges<BacklinkState>(['lost', 'rejected', 'expected'], 'closed', { by: ['person', 'schedule'], on: ['term_ended'] }),
    ...edges<BacklinkState>(['rejected'], 'reported', { by: ['person', 'prospect'], on: ['link_reported'], requires: ['sourceUrl'] }),
    ...edges<BacklinkState>(['rejected'], 'live', { by: ['verifier'], on: ['link_checked'] }),
  ],
};
