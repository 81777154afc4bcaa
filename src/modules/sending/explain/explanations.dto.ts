import type { PlanGateCode } from '../../../domain/plan-gates.js';
import type { GateCode } from '../../../domain/send-decision.js';
import type { EnrollmentState } from '../../../domain/machines/enrollment.js';
import type { HeldBy } from '../../../domain/held-summary.js';
import { ExplanationResponse } from '../messages/messages.dto.js';
import type { CampaignExplanation } from './campaign-explanations.service.js';
import type { EnrollmentExplanation } from './enrollment-explanations.service.js';

interface Held {
  readonly opensAt: string | null;
  readonly detail: string | null;
  readonly examples: string[];
}

class HeldResponse {
  /** When it opens for the first of them; null while nobody can say. */
  opensAt!: string | null;
  /** What it says of one of them. */
  detail!: string | null;
  /** Up to five ids. */
  examples!: string[];
}

export class HeldMailsResponse extends HeldResponse {
  code!: GateCode;
  /** Mails that it holds; one may be held by several gates. */
  mails!: number;
}

export class HeldEnrollmentsResponse extends HeldResponse {
  code!: PlanGateCode;
  /** Enrollments whose next step it holds. */
  enrollments!: number;
}

export class LeavingDay {
  /** By the clock of the workspace. */
  on!: string;
  mails!: number;
}

export class LeavingResponse {
  /** Mails of which anybody can say when they leave. */
  mails!: number;
  firstAt!: string | null;
  lastAt!: string | null;
  days!: LeavingDay[];
}

export class CampaignExplanationResponse {
  campaignId!: string;
  state!: string;
  /** Mails that are written and have not left. */
  unsent!: number;
  /** Closed gates, those that hold the most mails first; of more than 20,000 mails the first are asked about. */
  gates!: HeldMailsResponse[];
  /** When they leave at the earliest, if nothing else is written meanwhile. */
  leaving!: LeavingResponse;
  /** Enrollments whose next step has no mail yet. */
  unplanned!: number;
  /** Why it has none. */
  unplannedGates!: HeldEnrollmentsResponse[];
  /** When the first of these steps is planned; null while nobody can say. */
  plannedAt!: string | null;

  static from({ gates, leaving, unplannedGates, plannedAt, ...rest }: CampaignExplanation): CampaignExplanationResponse {
    return {
      ...rest,
      gates: gates.map((held) => ({ ...plain(held), code: held.code, mails: held.count })),
      leaving: {
        mails: leaving.mails,
        firstAt: leaving.firstAt?.toISOString() ?? null,
        lastAt: leaving.lastAt?.toISOString() ?? null,
        days: leaving.days.map((day) => ({ ...day })),
      },
      unplannedGates: unplannedGates.map((held) => ({ ...plain(held), code: held.code, enrollments: held.count })),
      plannedAt: plannedAt?.toISOString() ?? null,
    };
  }
}

function plain({ opensAt, detail, examples }: HeldBy<string>): Held {
  return { opensAt: opensAt?.toISOString() ?? null, detail, examples: [...examples] };
}

export class PlanGateResponse {
  code!: PlanGateCode;
  open!: boolean;
  /** When it opens; null when it is open, or when nobody can say. */
  opensAt!: string | null;
  detail!: string | null;
}

export class NextStepResponse {
  stepKey!: string;
  kind!: 'mail' | 'review' | 'task';
  /** What the planner asks before it writes the mail, or leaves the task. */
  gates!: PlanGateResponse[];
  /** When it is planned at the earliest; null while nobody can say. */
  plannedAt!: string | null;
}

export class EnrollmentExplanationResponse {
  enrollmentId!: string;
  state!: EnrollmentState;
  /** Its mails that have not left, with every gate. */
  mails!: ExplanationResponse[];
  /** The step after that, which has no mail yet; null at the end. */
  next!: NextStepResponse | null;

  static from({ enrollmentId, state, mails, next }: EnrollmentExplanation): EnrollmentExplanationResponse {
    const step = next?.step && {
      ...{ stepKey: next.step.key, kind: next.step.kind },
      gates: next.gates.map((gate) => ({ ...gate, opensAt: gate.opensAt?.toISOString() ?? null })),
      plannedAt: next.plannedAt?.toISOString() ?? null,
    };
    return { enrollmentId, state, mails: mails.map((mail) => ExplanationResponse.from(mail)), next: step ?? null };
  }
}
