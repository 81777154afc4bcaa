import type { BacklinkState } from '../machines/backlink.js';
import type { OpportunityStage } from '../machines/opportunity.js';
import type { PipelineEvent } from '../pipeline-events.js';
import type { BacklinkFacts, Effects, Move, PitchFacts, Snapshot, TaskWish } from '../pipeline-snapshot.js';
import { stepBacklink, stepOpportunity, stepPitch } from '../pipeline-steps.js';
import type { EffectsOf } from './effect-table.js';
import { goalReached } from './enrollments.js';
import { silence } from './stopping.js';

type Kind = 'link_reported' | 'check_claimed' | 'link_checked' | 'link_changed' | 'term_ended';

const theLink = (event: { readonly backlinkId: string }, now: Snapshot): BacklinkFacts[] =>
  now.backlinks.filter((row) => row.id === event.backlinkId);

/**
 * Where the links of a card put it: live when every required one is, lost_link when all are lost, at_risk in between.
 * Undefined while a required one has not been seen yet: the card stays where the deal left it.
 */
export function stageOfLinks(links: readonly BacklinkFacts[]): OpportunityStage | undefined {
  const watched = links.filter((link) => link.state !== 'closed');
  const required = watched.filter((link) => link.required);
  // A required link that proved not to be there is still owed; any other one of that kind is of no account.
  const counted = required.length > 0 ? required : watched.filter((link) => link.state !== 'rejected');
  if (counted.length === 0) return undefined;
  if (counted.every((link) => link.state === 'lost')) return 'lost_link';
  if (counted.every((link) => link.state === 'live' && !link.policyRisk)) return 'live';
  return counted.some((link) => ['suspect', 'degraded', 'lost'].includes(link.state)) ? 'at_risk' : undefined;
}

function tasksOf(link: BacklinkFacts, to: string): TaskWish[] {
  const kind = to === 'lost' ? 'link_lost' : to === 'degraded' ? 'link_degraded' : undefined;
  return kind ? [{ kind, subjectType: 'backlink', subjectId: link.id, opportunityId: link.opportunityId }] : [];
}

/** What a verdict does to the pitch: a link that meets the terms publishes it, one that is not there sends it back. */
function pitchMoves(pitches: readonly PitchFacts[], to: string, policyRisk: boolean): Move[] {
  const next = to === 'live' && !policyRisk ? 'published_verified' : to === 'rejected' ? 'scheduled' : undefined;
  return next ? pitches.flatMap((row) => stepPitch(row, next, { event: 'link_checked' })) : [];
}

/** What follows for card, enrollments and pitch when a link is now believed to be `to`; the link's own step is the caller's. */
export function afterVerdict(
  link: BacklinkFacts,
  verdict: { readonly to: BacklinkState; readonly policyRisk: boolean },
  now: Snapshot,
): Partial<Effects> {
  const { to, policyRisk } = verdict;
  const { opportunityId } = link;
  const cause = { event: 'link_checked' } as const;
  const siblings = now.backlinks
    .filter((row) => opportunityId !== null && row.opportunityId === opportunityId)
    .map((row) => (row.id === link.id ? { ...row, state: to, policyRisk } : row));
  const stage = stageOfLinks(siblings);
  // A confirming check of one link must not vouch for a pitch whose own link is still to be seen.
  const judged = now.pitches.filter(
    (row) => (link.pitchId ? row.id === link.pitchId : row.opportunityId === opportunityId) && (link.state !== to || stage === 'live'),
  );
  const cameLive = to === 'live' && link.state !== 'live';
  return {
    moves: [
      ...(stage ? now.opportunities.filter((row) => row.id === opportunityId).flatMap((row) => stepOpportunity(row, stage, cause)) : []),
      ...(cameLive && opportunityId !== null ? goalReached([opportunityId], now, cause) : []),
      ...pitchMoves(judged, to, policyRisk),
    ],
    tasks: link.state === to ? [] : tasksOf(link, to),
  };
}

function linkChecked(event: Extract<PipelineEvent, { kind: 'link_checked' }>, now: Snapshot): Partial<Effects> {
  const { to, policyRisk } = event;
  const [link] = theLink(event, now);
  if (!link || to === null) return {};
  const moved = stepBacklink(link, to, { event: event.kind });
  // A check that confirms the state moves no link, but its compliance may have changed, or a link beside it.
  if (moved.length === 0 && to !== link.state) return {};
  const after = afterVerdict(link, { to, policyRisk }, now);
  return { ...after, moves: [...(after.moves ?? []), ...moved] };
}

/** `live` and `lost` reach the other machines only through here, and here only after a check (promise 3). */
export const linkEffects: EffectsOf<Kind> = {
  link_checked: linkChecked,

  link_reported: (event, now) => {
    const cause = { event: event.kind };
    const links = theLink(event, now);
    const cards = links.flatMap((link) => (link.opportunityId === null ? [] : [link.opportunityId]));
    return {
      moves: [
        ...goalReached(cards, now, cause),
        ...now.pitches.filter((row) => row.id === event.pitchId).flatMap((row) => stepPitch(row, 'published_reported', cause)),
        ...links.flatMap((link) => stepBacklink(link, 'reported', cause)),
      ],
    };
  },

  check_claimed: (event, now) => ({ moves: theLink(event, now).flatMap((link) => stepBacklink(link, 'verifying', { event: event.kind })) }),

  link_changed: () => ({}), // another address of the same link: it stays what it is until it is checked

  term_ended: (event, now) => {
    const cause = { event: event.kind };
    const links = theLink(event, now);
    const closed = links.flatMap((link) => stepBacklink(link, 'closed', cause));
    const isWatched = (link: BacklinkFacts): boolean =>
      !['closed', 'rejected', 'lost'].includes(link.state) && !closed.some((move) => move.id === link.id);
    const cards = now.opportunities.filter((card) => {
      const own = now.backlinks.filter((row) => row.opportunityId === card.id);
      return own.some((row) => closed.some((move) => move.id === row.id)) && !own.some(isWatched);
    });
    const completed = cards.flatMap((card) => {
      const moved = stepOpportunity(card, 'completed', cause);
      return moved.length > 0 ? [...moved, ...silence(card, now, cause)] : [];
    });
    return { moves: [...completed, ...closed] };
  },
};
