/**
 * First mails are written as far ahead as their mailboxes could send within this time, and no further: whoever waits behind
 * them gets what templates and contacts say by then, and a start of thousands renders a hundred.
 */
export const PLAN_AHEAD_HOURS = 2;

/** So many of a campaign may always wait: a small campaign is planned at once, however slow its mailboxes. */
export const AHEAD_AT_LEAST = 100;

/** Who finds no room asks again then, well before what is planned has gone. */
export const LOOK_FOR_ROOM_MS = 30 * 60 * 1000;

export interface CampaignAhead {
  /** Limits of the mailboxes that can send. */
  readonly mailboxes: readonly { readonly perHour: number; readonly perDay: number }[];
  /** Mails of the campaign that wait to leave, or for a person. */
  readonly waiting: number;
}

/** How many first mails of a campaign may be written now. Each campaign counts for itself: none takes the room of another. */
export function roomAhead({ mailboxes, waiting }: CampaignAhead): number {
  const within = mailboxes.reduce((sum, { perHour, perDay }) => sum + Math.min(perHour * PLAN_AHEAD_HOURS, perDay), 0);
  return Math.max(0, Math.max(within, AHEAD_AT_LEAST) - waiting);
}
