/** Queues of a mailbox, in the order they are served: what a person wrote, what goes on with a thread, what begins one. */
export const PERSONS_MAILS = 0;
export const FOLLOW_UPS = 1;
export const FIRST_MAILS = 2;
export type Lane = typeof PERSONS_MAILS | typeof FOLLOW_UPS | typeof FIRST_MAILS;

/** Of what a mailbox sends on a day, follow-ups get at least this part while any are due: a thread that goes on is worth more than a new one. */
export const FOLLOW_UP_SHARE = 0.5;

/** Mails of one campaign that are due in one mailbox. */
export interface Queue {
  readonly lane: Lane;
  /** Null for mails of no campaign. */
  readonly campaignId: string | null;
  /** Mails of the campaign for each one of a campaign of weight 1. */
  readonly weight: number;
  /** When its first mail was due. */
  readonly oldestAt: Date;
  /** Mails of this queue that the mailbox has sent today, or has on their way. */
  readonly taken: number;
  /** Mails that the campaign, all mailboxes together, may still send today; null is no limit of its own. */
  readonly room: number | null;
}

/** How many mails of a queue are taken up. */
export interface Share {
  readonly lane: Lane;
  readonly campaignId: string | null;
  readonly take: number;
}

interface Serving extends Queue {
  given: number;
}

/**
 * Who gets the next mails of a mailbox (F30): an old campaign of thousands does not keep a new one of twenty waiting.
 *
 * Persons' mails first. Then follow-ups and first mails, each at least their part of the day; within both, campaigns by weight.
 * Whatever nobody else wants is anyone's. The same for the same queues, in whatever order they are named.
 *
 * @returns shares of at least one, `wanted` mails together or all that there is room for
 */
export function shareOut(queues: readonly Queue[], wanted: number): Share[] {
  const serving = queues.map((queue): Serving => ({ ...queue, given: 0 }));
  for (let left = wanted; left > 0; left -= 1) {
    const open = serving.filter((queue) => hasRoom(queue, serving));
    const next = ofLane(open, laneToServe(open, serving)).reduce<Serving | undefined>(
      (best, queue) => (best && before(best, queue) ? best : queue),
      undefined,
    );
    if (!next) break;
    next.given += 1;
  }
  return serving.filter(({ given }) => given > 0).map(({ lane, campaignId, given }) => ({ lane, campaignId, take: given }));
}

/** A campaign's limit is one for its follow-ups and its first mails together. What a person writes has none. */
function hasRoom({ lane, campaignId, room }: Serving, all: readonly Serving[]): boolean {
  if (lane === PERSONS_MAILS || room === null) return true;
  const given = all.filter((other) => other.lane !== PERSONS_MAILS && other.campaignId === campaignId).reduce((sum, other) => sum + other.given, 0);
  return given < room;
}

function laneToServe(open: readonly Serving[], all: readonly Serving[]): Lane {
  if (ofLane(open, PERSONS_MAILS).length > 0) return PERSONS_MAILS;
  if (ofLane(open, FOLLOW_UPS).length === 0) return FIRST_MAILS;
  if (ofLane(open, FIRST_MAILS).length === 0) return FOLLOW_UPS;
  const [followUps, first] = [served(all, FOLLOW_UPS), served(all, FIRST_MAILS)];
  return followUps < FOLLOW_UP_SHARE * (followUps + first + 1) ? FOLLOW_UPS : FIRST_MAILS;
}

function ofLane(queues: readonly Serving[], lane: Lane): Serving[] {
  return queues.filter((queue) => queue.lane === lane);
}

function served(queues: readonly Serving[], lane: Lane): number {
  return ofLane(queues, lane).reduce((sum, { taken, given }) => sum + taken + given, 0);
}

/** Whose turn comes first: who is furthest behind its weight, then who waits longest. */
function before(a: Serving, b: Serving): boolean {
  // persons' mails have no shares: the longest due first
  const behind = a.lane === PERSONS_MAILS ? 0 : turn(a) - turn(b);
  if (behind !== 0) return behind < 0;
  const waits = a.oldestAt.getTime() - b.oldestAt.getTime();
  return waits === 0 ? String(a.campaignId) < String(b.campaignId) : waits < 0;
}

function turn({ taken, given, weight }: Serving): number {
  return (taken + given + 1) / weight;
}
