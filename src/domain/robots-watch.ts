/** What the site's robots.txt said to a look; `not_asked`: a person or a prospect wanted to see their own page. */
export const ROBOTS_ANSWERS = ['not_asked', 'allowed', 'disallowed', 'overruled', 'unreachable'] as const;
export type RobotsAnswer = (typeof ROBOTS_ANSWERS)[number];

const DAY_MS = 86_400_000;
/** How often robots.txt is read again for a link that we may not look at. */
const ASK_AGAIN_MS = 7 * DAY_MS;

export interface WatchedPage {
  /** There are terms to keep: an item of an agreement, or money. */
  readonly agreed: boolean;
  /** When its host was last asked for it. */
  readonly fetchedAt: Date | null;
}

/** Who has an agreement about a page may see it once a day whatever robots.txt says (state-model 5). */
export function mayOverruleRobots({ agreed, fetchedAt }: WatchedPage, now: Date): boolean {
  return agreed && (fetchedAt === null || now.getTime() - fetchedAt.getTime() >= DAY_MS);
}

/** The next look at a page whose robots.txt says no; nothing when it does not. */
export function robotsRestUntil(answer: RobotsAnswer, { agreed, fetchedAt }: WatchedPage, now: Date): Date | undefined {
  if (answer === 'overruled') return new Date(now.getTime() + DAY_MS);
  if (answer !== 'disallowed') return undefined;
  return new Date(agreed ? (fetchedAt ?? now).getTime() + DAY_MS : now.getTime() + ASK_AGAIN_MS);
}

/** Nobody but a person can watch this page: they are asked once in that time. */
export const BY_HAND_EVERY_MS = 30 * DAY_MS;

export function wantsWatchByHand(answer: RobotsAnswer, { agreed }: WatchedPage): boolean {
  return answer === 'disallowed' && !agreed;
}
