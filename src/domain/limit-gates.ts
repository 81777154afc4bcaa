import { midnightAfter, type MailboxPace, type PaceLimit, reachedLimits } from './mailbox-pace.js';
import { type Gate, type GateCode } from './send-decision.js';

/** The limits that one mail stands behind, wherever they are set (F28). */
export interface LimitFacts {
  readonly now: Date;
  readonly pace: MailboxPace & { readonly nextAt: Date; readonly zone: string };
  /** What the campaign may send on a day and has sent; null for mails that its limit does not bind. */
  readonly campaign: { readonly perDay: number; readonly today: number } | null;
}

const PACE_GATES: Readonly<Record<PaceLimit, readonly [GateCode, string]>> = {
  day: ['mailbox_day', 'The mailbox has sent what it may send on one day.'],
  hour: ['mailbox_hour', 'The mailbox has sent what it may send in one hour.'],
  ramp: ['mailbox_ramp', 'The mailbox is new, and has sent what its ramp allows today.'],
  window: ['mailbox_window', 'Outside of the hours of the mailbox.'],
  sender_domain: ['sender_domain', 'All mailboxes of this domain together have sent what they may send on one day.'],
};

/** Every limit with its verdict; of several that are reached each is named, and the one that opens last holds the mail. */
export function limitGates({ now, pace, campaign }: LimitFacts): Gate[] {
  const reached = reachedLimits(pace, now);
  const ofPace = Object.entries(PACE_GATES).map(([limit, [code, detail]]): Gate => {
    const found = reached.find((one) => one.limit === limit);
    return found ? shut(code, found.opensAt, detail) : { code, open: true, opensAt: null, detail: null };
  });
  const full = campaign !== null && campaign.today >= campaign.perDay;
  const gap = pace.nextAt > now;
  return [
    ...ofPace,
    gap ? shut('mailbox_gap', pace.nextAt, 'The mailbox pauses between mails, or after a refusal.') : open('mailbox_gap'),
    full ? shut('campaign_day', midnightAfter(now, pace.zone), 'The campaign has sent what it may send on one day.') : open('campaign_day'),
  ];
}

function open(code: GateCode): Gate {
  return { code, open: true, opensAt: null, detail: null };
}

function shut(code: GateCode, opensAt: Date, detail: string): Gate {
  return { code, open: false, opensAt, detail };
}
