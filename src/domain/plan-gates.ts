import type { EnrollmentState } from './machines/enrollment.js';

/** Why the next step of a sequence has no mail yet, in the order they are asked. */
export const PLAN_GATE_CODES = ['enrollment', 'campaign', 'mail_under_way', 'site_in_contact', 'planning_room', 'delay', 'condition'] as const;
export type PlanGateCode = (typeof PLAN_GATE_CODES)[number];

export interface PlanGate {
  readonly code: PlanGateCode;
  readonly open: boolean;
  /** Null when open, and when nobody can say. */
  readonly opensAt: Date | null;
  readonly detail: string | null;
}

/** What the planner asks before it writes a mail. */
export interface PlanFacts {
  readonly now: Date;
  readonly state: EnrollmentState;
  /** The code of what blocks it. */
  readonly stateReason: string | null;
  readonly campaignState: 'draft' | 'running' | 'paused' | 'finished';
  /** When it is looked at next. */
  readonly nextAt: Date | null;
  /** A mail of it has not left yet, or nobody knows. */
  readonly mailUnderWay: boolean;
  /** Its first mail, which waits for room; a thread that has begun never does. */
  readonly firstMail: boolean;
  /** How many first mails of the campaign may still be written. */
  readonly room: number;
  /** A colleague has written to the site (F5). */
  readonly siteInContact: boolean;
  readonly conditionsHold: boolean;
}

type Closed = Pick<PlanGate, 'detail' | 'opensAt'> | undefined;

function aboutState({ state, stateReason, nextAt }: PlanFacts): Closed {
  if (state === 'pending' || state === 'active') return undefined;
  if (state === 'postponed') return { detail: 'They are away: it goes on afterwards.', opensAt: nextAt };
  if (state === 'blocked') return { detail: `Blocked (${stateReason ?? 'unknown'}); looked at again then.`, opensAt: nextAt };
  return { detail: `The enrollment is ${state}.`, opensAt: null };
}

function aboutCampaign({ campaignState }: PlanFacts): Closed {
  if (campaignState === 'running') return undefined;
  return { detail: campaignState === 'draft' ? 'The campaign is not started.' : `The campaign is ${campaignState}.`, opensAt: null };
}

function hasRoom({ firstMail, room }: PlanFacts): boolean {
  return !firstMail || room > 0;
}

/** What was put off for another reason does not wait for its delay. */
function aboutDelay(facts: PlanFacts): Closed {
  const { nextAt, now, state, siteInContact } = facts;
  if (nextAt === null || nextAt <= now || state === 'blocked' || state === 'postponed') return undefined;
  return siteInContact || !hasRoom(facts) ? undefined : { detail: 'The delay of the step is not over.', opensAt: nextAt };
}

const GATES: Readonly<Record<PlanGateCode, (facts: PlanFacts) => Closed>> = {
  enrollment: aboutState,
  campaign: aboutCampaign,
  mail_under_way: ({ mailUnderWay }) =>
    mailUnderWay ? { detail: 'The mail before has not left yet: the delay counts from then.', opensAt: null } : undefined,
  site_in_contact: ({ siteInContact }) =>
    siteInContact
      ? { detail: 'A colleague is in contact with this site: nothing is written until they let go, or a manager lifts the guard.', opensAt: null }
      : undefined,
  planning_room: (facts) =>
    hasRoom(facts)
      ? undefined
      : {
          detail: 'First mails are written only a little ahead of what the mailboxes can send: others of the campaign are before it.',
          opensAt: facts.nextAt,
        },
  delay: aboutDelay,
  condition: ({ conditionsHold }) =>
    conditionsHold ? undefined : { detail: 'The conditions of the step do not hold: as it stands the step is left out.', opensAt: null },
};

/** Every gate with its verdict. */
export function planGatesOf(facts: PlanFacts): PlanGate[] {
  return PLAN_GATE_CODES.map((code) => {
    const closed = GATES[code](facts);
    return { code, open: !closed, opensAt: closed?.opensAt ?? null, detail: closed?.detail ?? null };
  });
}
