import { BACKLINK, type BacklinkState } from '../../domain/machines/backlink.js';
import { manualMoves } from '../../domain/machines/machine.js';
import type { BacklinkRow, CandidateEvidence, CheckRow } from './backlinks.queries.js';

export class ChainHop {
  url!: string;
  status!: number;
  /** The page itself led on, by `<meta http-equiv=refresh>`. */
  refresh?: true;
}

export class LinkCandidate {
  /** As written on the page. */
  href!: string;
  /** Absolute. */
  url!: string | null;
  tag!: string;
  rel!: string[];
  anchorText!: string;
  /** What the anchor text was read from: text, image, title, nothing. */
  anchorFrom!: string;
  /** anchor, noscript, iframe, non_anchor, template, comment. */
  place!: string;
  hidden!: boolean;
  /** How near it comes to the target: exact, tracking_params, redirect, same_site, look_alike. */
  level!: string;
  /** exact, contains, none, unasked. */
  anchorMatch!: string;
  /** Text around it, about 200 characters. */
  context!: string;

  static from(candidate: CandidateEvidence): LinkCandidate {
    return { ...candidate, url: candidate.url ?? null, rel: [...candidate.rel] };
  }
}

/** What one look at the page saw. Never altered. */
export class CheckResponse {
  id!: string;
  /** live, not_live, or unknown when the page could not be seen. */
  verdict!: string;
  /** All that hold, not only the first. */
  reasonCodes!: string[];
  httpStatus!: number | null;
  finalUrl!: string | null;
  /** Every answer in order, redirects first. */
  chain!: ChainHop[];
  anchorText!: string | null;
  rel!: string[];
  /** May search engines index the page; null when it was not seen. */
  indexable!: boolean | null;
  /** Links that come near the target, the best first. */
  candidates!: LinkCandidate[];
  /** schedule, person, prospect. */
  askedBy!: string;
  checkedAt!: string;

  static from(check: CheckRow): CheckResponse {
    const { id, verdict, reasonCodes, httpStatus, finalUrl, anchorText, rel, indexable, askedBy, evidence } = check;
    return {
      ...{ id, verdict, reasonCodes, httpStatus, finalUrl, anchorText, rel, indexable, askedBy },
      chain: evidence.chain ?? [],
      candidates: (evidence.candidates ?? []).map((candidate) => LinkCandidate.from(candidate)),
      checkedAt: check.checkedAt.toISOString(),
    };
  }
}

export class Compliance {
  /** ok, violated, policy_risk, not_judged. */
  status!: string;
  codes!: string[];
}

export class CheckPage {
  data!: CheckResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
}

export class BacklinkMove {
  to!: string;
  /** Facts that the step asks for; `attestation` is given by POST /backlinks/{id}/attestations. */
  requires!: string[];
}

export class BacklinkListItem {
  id!: string;
  version!: number;
  projectId!: string;
  campaignId!: string | null;
  opportunityId!: string | null;
  prospectId!: string | null;
  targetPageId!: string | null;
  /** outreach, guest_post, natural, manual. */
  origin!: string;
  /** Null while the link is only expected. */
  sourceUrl!: string | null;
  targetUrl!: string;
  expectedAnchor!: string | null;
  /** Accepted rel values; null accepts any. */
  expectedRel!: string[] | null;
  /** Money, goods or a link back were given for it. */
  paid!: boolean;
  /** Counts for the success of its opportunity. */
  required!: boolean;
  /** Watched daily, as paid ones are. */
  topValue!: boolean;
  state!: BacklinkState;
  stateChangedAt!: string;
  stateReason!: string | null;
  /** States that a person may take it to. */
  nextStates!: BacklinkState[];
  moves!: BacklinkMove[];
  compliance!: Compliance;
  lastCheckId!: string | null;
  lastVerdict!: string | null;
  lastCheckedAt!: string | null;
  firstLiveAt!: string | null;
  lastLiveAt!: string | null;
  /** Since when a person should look: the page cannot be seen, or a person's word has run out. */
  reviewDueAt!: string | null;
  expiresAt!: string | null;
  nextCheckAt!: string | null;
  externalRef!: string | null;
  createdAt!: string;

  static from(row: BacklinkRow): BacklinkListItem {
    const { complianceStatus, complianceCodes, ...rest } = row;
    const moves = manualMoves(BACKLINK, row.state);
    return {
      ...rest,
      nextStates: moves.map(({ to }) => to),
      moves: moves.map(({ to, requires }) => ({ to, requires: [...requires] })),
      compliance: { status: complianceStatus, codes: complianceCodes },
      stateChangedAt: row.stateChangedAt.toISOString(),
      lastCheckedAt: instant(row.lastCheckedAt),
      firstLiveAt: instant(row.firstLiveAt),
      lastLiveAt: instant(row.lastLiveAt),
      reviewDueAt: instant(row.reviewDueAt),
      expiresAt: instant(row.expiresAt),
      nextCheckAt: instant(row.nextCheckAt),
      createdAt: row.createdAt.toISOString(),
    };
  }
}

export class BacklinkResponse extends BacklinkListItem {
  lastCheck!: CheckResponse | null;

  static of(row: BacklinkRow, lastCheck: CheckRow | undefined): BacklinkResponse {
    return Object.assign(BacklinkListItem.from(row), { lastCheck: lastCheck ? CheckResponse.from(lastCheck) : null });
  }
}

export class BacklinkPage {
  data!: BacklinkListItem[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}

function instant(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}
