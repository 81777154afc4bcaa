import { OPEN_STAGES, type OpportunityStage } from './machines/opportunity.js';

/** What the guard knows of a site: its card that counts most, open ones first, and the last mail to anyone there. */
export interface SiteContact {
  readonly stage: OpportunityStage | null;
  readonly lastContactedAt: Date | null;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Is the site taken (F3): someone works it, or someone wrote to it not long ago.
 * @param guardDays  days a site rests after the last mail; 0 never
 */
export function siteIsTaken(site: SiteContact, guardDays: number, now: Date): boolean {
  return (site.stage !== null && OPEN_STAGES.includes(site.stage)) || contactedLately(site.lastContactedAt, guardDays, now);
}

export function contactedLately(lastContactedAt: Date | null, guardDays: number, now: Date): boolean {
  return lastContactedAt !== null && lastContactedAt.getTime() > now.getTime() - guardDays * DAY_MS;
}
