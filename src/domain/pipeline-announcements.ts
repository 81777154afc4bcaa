import type { MachineName } from './machines/machine.js';
import type { PipelineEvent } from './pipeline-events.js';

/** The public events (api.md "Events"): names that webhooks and /events carry. Never rename one. */
export const EVENT_TYPES = [
  'prospect.created',
  'prospect.merged',
  'contact.suppressed',
  'contact.erased',
  'opportunity.stage_changed',
  'message.sent',
  'message.failed',
  'message.delivery_unknown',
  'message.bounced',
  'message.complained',
  'reply.received',
  'reply.classified',
  'enrollment.stopped',
  'pitch.state_changed',
  'pitch.accepted',
  'pitch.overdue',
  'pitch.published',
  'backlink.reported',
  'backlink.live',
  'backlink.degraded',
  'backlink.changed',
  'backlink.suspect',
  'backlink.lost',
  'backlink.recovered',
  'backlink.expired',
  'backlink.needs_review',
  'campaign.paused',
  'campaign.finished',
  'import.finished',
  'payment.due',
  'task.due',
  'webhook_endpoint.disabled',
  'mailbox.disconnected',
  'mailbox.alarmed',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** One step of one row, as it is told to the outside. */
export interface Step {
  readonly machine: MachineName;
  readonly from: string | null;
  readonly to: string;
  /** A backlink that was live before; it announces `backlink.live` once in its life. */
  readonly wasLive?: boolean;
}

const MESSAGE_EVENTS: Readonly<Record<string, EventType>> = {
  sent: 'message.sent',
  failed: 'message.failed',
  delivery_unknown: 'message.delivery_unknown',
};
const PITCH_EVENTS: Readonly<Record<string, EventType>> = { accepted: 'pitch.accepted', published_verified: 'pitch.published' };
/** Ends of a sequence before its last step. */
const STOPPED = ['replied', 'bounced', 'unsubscribed', 'stopped', 'failed'];

/** News of a backlink whatever it was before. */
const BACKLINK_EVENTS: Readonly<Record<string, EventType>> = {
  suspect: 'backlink.suspect',
  lost: 'backlink.lost',
  needs_review: 'backlink.needs_review',
};

/** It is there again, or for the first time; back from suspicion is a blip and no news. */
function seenEvents({ from, to, wasLive }: Step): EventType[] {
  // A person may have called a link lost that was never live: its first time live is news of its own.
  if (from === 'lost') return to === 'live' && !wasLive ? ['backlink.recovered', 'backlink.live'] : ['backlink.recovered'];
  if (to === 'live') return wasLive ? (from === 'degraded' ? ['backlink.changed'] : []) : ['backlink.live'];
  return wasLive && from === 'live' ? ['backlink.changed', 'backlink.degraded'] : ['backlink.degraded'];
}

function backlinkEvents(step: Step): EventType[] {
  const { from, to } = step;
  if (to === 'live' || to === 'degraded') return seenEvents(step);
  if (to === 'reported') return from === 'verifying' ? [] : ['backlink.reported'];
  if (to === 'closed') return from === 'live' || from === 'degraded' ? ['backlink.expired'] : [];
  const event = BACKLINK_EVENTS[to];
  return event ? [event] : [];
}

/** Which public events one step of a machine announces. */
export function announcementsOf(step: Step): EventType[] {
  switch (step.machine) {
    case 'opportunity':
      return step.from === null ? [] : ['opportunity.stage_changed'];
    case 'enrollment':
      return STOPPED.includes(step.to) ? ['enrollment.stopped'] : [];
    case 'message': {
      const event = step.from === null ? undefined : MESSAGE_EVENTS[step.to];
      return event ? [event] : [];
    }
    case 'pitch': {
      const event = PITCH_EVENTS[step.to];
      return step.from === null ? [] : ['pitch.state_changed', ...(event ? [event] : [])];
    }
    case 'backlink':
      return backlinkEvents(step);
  }
}

/** Events that a fact announces whatever it moves. */
const OF_FACTS: Partial<Record<PipelineEvent['kind'], EventType>> = {
  reply_received: 'reply.received',
  reply_classified: 'reply.classified',
  bounced_hard: 'message.bounced',
  bounced_soft: 'message.bounced',
  complained: 'message.complained',
  answer_overdue: 'pitch.overdue',
  publication_overdue: 'pitch.overdue',
  contact_erased: 'contact.erased',
};

export function announcementOfFact(kind: PipelineEvent['kind']): EventType | undefined {
  return OF_FACTS[kind];
}
