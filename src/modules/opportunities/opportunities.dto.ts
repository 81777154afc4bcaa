import { IsIn, IsOptional, IsString, IsUrl, IsUUID, Length, MaxLength } from 'class-validator';
import { IsDay } from '../../platform/http/input/is-day.decorator.js';
import { IfGiven } from '../../platform/http/input/if-given.decorator.js';
import { OneLine } from '../../platform/http/input/one-line.decorator.js';
import { manualMoves } from '../../domain/machines/machine.js';
import { OPPORTUNITY, OPPORTUNITY_STAGES, type OpportunityStage } from '../../domain/machines/opportunity.js';
import type { BoardColumn, CardRow, OpportunityRow } from './opportunities.queries.js';

const HTTP_URL = { protocols: ['http', 'https'], require_protocol: true, require_tld: false, disallow_auth: true };

export class CreateOpportunityRequest {
  @IsUUID() campaignId!: string;
  @IsUUID() prospectId!: string;
  /** Member who works it; you, when absent. */
  @IfGiven() @IsUUID() ownerId?: string;
  /** Why the site may be worked although somebody is in contact with it; only managers and owners. */
  @IfGiven() @IsString() @Length(1, 500) overrideReason?: string;
  /** The page on their site that you ask about. */
  @IfGiven() @IsUrl(HTTP_URL) @MaxLength(2048) pageUrl?: string;
  /** Your own key for it, unique in the workspace. */
  @IfGiven() @IsString() @OneLine() @Length(1, 200) externalRef?: string;
}

export class ChangeOpportunityRequest {
  /** Member who works it; null for nobody. */
  @IsOptional() @IsUUID() ownerId?: string | null;
  /** The page on their site that you ask about; null clears it. */
  @IsOptional() @IsUrl(HTTP_URL) @MaxLength(2048) pageUrl?: string | null;
  /** The day you want to look at it again, YYYY-MM-DD; null for none. */
  @IsOptional() @IsDay() nextActionOn?: string | null;
}

export class MoveOpportunityRequest {
  @IsIn(OPPORTUNITY_STAGES) to!: OpportunityStage;
  @IfGiven() @IsString() @Length(1, 500) reason?: string;
}

export class BoardQuery {
  @IfGiven() @IsUUID() campaignId?: string;
  @IfGiven() @IsUUID() projectId?: string;
}

export class NextMove {
  to!: string;
  /** Facts that the step asks for, by the names of the request's fields. */
  requires!: string[];
}

export class LinkCounts {
  required!: number;
  live!: number;
  lost!: number;
}

export class AgreementSummary {
  id!: string;
  /** Counts the terms of this opportunity. */
  number!: number;
  via!: string;
  compensation!: string;
}

export class OpportunityResponse {
  id!: string;
  version!: number;
  campaignId!: string;
  projectId!: string;
  prospectId!: string;
  /** Registrable domain of the prospect. */
  domain!: string;
  ownerId!: string | null;
  stage!: OpportunityStage;
  stageChangedAt!: string;
  stageReason!: string | null;
  /** Stages that a person may take it to. */
  nextStates!: OpportunityStage[];
  moves!: NextMove[];
  links!: LinkCounts;
  /** True when the contact opted out after the deal: no automatic mail. */
  contactBlocked!: boolean;
  /** The terms in force. */
  agreement!: AgreementSummary | null;
  pageUrl!: string | null;
  /** Who is to write next; null before the first mail, and on a closed card. */
  waitingOn!: 'us' | 'them' | null;
  /** Since the first mail that nobody has answered. */
  waitingSince!: string | null;
  /** The day somebody wants to look at it again. */
  nextActionOn!: string | null;
  /** A manager lifted the guard of the site. */
  guardOverride!: string | null;
  externalRef!: string | null;
  createdAt!: string;

  static from(row: OpportunityRow): OpportunityResponse {
    const { domain, linksRequired, linksLive, linksLost, agreementId, agreementNumber, agreementVia, agreementCompensation, ...rest } = row;
    const moves = manualMoves(OPPORTUNITY, row.stage);
    return {
      ...rest,
      domain,
      stageChangedAt: row.stageChangedAt.toISOString(),
      waitingSince: row.waitingSince?.toISOString() ?? null,
      createdAt: row.createdAt.toISOString(),
      nextStates: moves.map(({ to }) => to),
      moves: moves.map(({ to, requires }) => ({ to, requires: [...requires] })),
      links: { required: linksRequired, live: linksLive, lost: linksLost },
      agreement:
        agreementId === null
          ? null
          : { id: agreementId, number: agreementNumber ?? 0, via: agreementVia ?? '', compensation: agreementCompensation ?? '' },
    };
  }
}

export class OpportunityPage {
  data!: OpportunityResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}

export class BoardCard {
  id!: string;
  version!: number;
  stage!: OpportunityStage;
  campaignId!: string;
  prospectId!: string;
  domain!: string;
  ownerId!: string | null;
  contactBlocked!: boolean;
  stageChangedAt!: string;

  static from(row: CardRow): BoardCard {
    return { ...row, stageChangedAt: row.stageChangedAt.toISOString() };
  }
}

export class BoardStage {
  stage!: OpportunityStage;
  count!: number;
  /** The newest 20. */
  cards!: BoardCard[];
}

export class BoardResponse {
  stages!: BoardStage[];

  static from(columns: readonly BoardColumn[]): BoardResponse {
    return { stages: columns.map(({ stage, count, cards }) => ({ stage, count, cards: cards.map((card) => BoardCard.from(card)) })) };
  }
}
