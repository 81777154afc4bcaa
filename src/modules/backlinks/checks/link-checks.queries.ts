import type { EntityManager } from 'typeorm';
import type { BacklinkState } from '../../../domain/machines/backlink.js';
import type { ComplianceStatus, ReasonCode, Verdict } from '../../../domain/reason-codes.js';
import type { AcceptedRel } from '../../../domain/rel-tokens.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { TargetLook } from './target-looks.service.js';
import { leaveTask } from '../../pipeline/left-for-people.service.js';

type AskedBy = 'schedule' | 'person' | 'prospect';

/** A link whose turn it is, held by the claim's token. */
export interface ClaimedLink {
  readonly workspaceId: string;
  readonly id: string;
  readonly state: BacklinkState;
  /** Host and port of the page. */
  readonly host: string;
  readonly sourceUrl: string;
  readonly targetUrl: string;
  readonly expectedAnchor: string | null;
  readonly expectedRel: Exclude<AcceptedRel, 'any'> | null;
  readonly paid: boolean;
  readonly expiresAt: Date | null;
  readonly ignoreTrailingSlash: boolean;
  readonly ignoreWww: boolean;
  /** What its target answered last, if it was looked at. */
  readonly targetLook: TargetLook | null;
}

/** The same link under lock, after the page was seen. */
export interface LinkUnderLock {
  readonly state: BacklinkState;
  readonly stateChangedAt: Date;
  readonly sourceUrl: string | null;
  readonly prospectId: string | null;
  readonly paid: boolean;
  readonly expiresAt: Date | null;
  readonly negativeChecks: number;
  readonly firstNegativeAt: Date | null;
  readonly unknownChecks: number;
  readonly lastLiveAt: Date | null;
  readonly reviewDueAt: Date | null;
  readonly complianceStatus: ComplianceStatus;
  readonly complianceCodes: ReasonCode[];
  /** Of the check before, where it did not see the link: signs on a page that bears it steer nothing. */
  readonly lastCodes: ReasonCode[];
  readonly askedBy: AskedBy;
}

/**
 * Takes links that are due, the longest due first, one of a host: two pages of one site are never fetched side by side by one
 * process. A lease a host that holds across processes comes with issue 5. Past two minutes the worker counts as dead.
 */
const CLAIM = `
  /* all-workspaces: one worker serves everyone */
  WITH due AS MATERIALIZED (
    SELECT workspace_id, id, next_at, split_part(source_key, '/', 3) AS host FROM backlinks
     WHERE next_at <= $1 AND (claimed_until IS NULL OR claimed_until < $1) AND source_key IS NOT NULL
       AND NOT (split_part(source_key, '/', 3) = ANY ($5::text[]))
     ORDER BY next_at LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED),
  turns AS (
    SELECT workspace_id, id FROM (SELECT DISTINCT ON (host) workspace_id, id, next_at FROM due ORDER BY host, next_at) AS first
     ORDER BY next_at LIMIT $3)
  UPDATE backlinks b SET claimed_until = $1::timestamptz + interval '2 minutes', claim_token = $2
    FROM turns t JOIN workspaces w ON w.id = t.workspace_id WHERE b.workspace_id = t.workspace_id AND b.id = t.id
  RETURNING b.workspace_id AS "workspaceId", b.id, b.state, split_part(b.source_key, '/', 3) AS host, b.source_url AS "sourceUrl", b.target_url AS "targetUrl",
            b.expected_anchor AS "expectedAnchor", b.expected_rel AS "expectedRel", b.paid, b.expires_at AS "expiresAt",
            w.link_ignore_slash AS "ignoreTrailingSlash", w.link_ignore_www AS "ignoreWww",
            (SELECT jsonb_build_object('status', l.status, 'endsAt', l.ends_at_url) FROM target_looks l
              WHERE l.workspace_id = b.workspace_id AND l.url_key = b.target_key) AS "targetLook"`;

/** How many due rows are looked through for different hosts. */
const WINDOW = 200;

export async function claimDue(
  db: Pick<EntityManager, 'query'>,
  claim: { readonly at: Date; readonly token: string; readonly limit: number; readonly busyHosts: readonly string[] },
): Promise<ClaimedLink[]> {
  return rows(db, CLAIM, [claim.at, claim.token, claim.limit, WINDOW, claim.busyHosts]);
}

/** Nothing when the claim is no longer ours: it ran out, and somebody else has looked. */
export async function lockClaimed(tx: EntityManager, workspaceId: string, id: string, token: string): Promise<LinkUnderLock | undefined> {
  await rows(
    tx,
    `SELECT FROM prospects WHERE workspace_id = $1 AND id = (
       SELECT o.prospect_id FROM backlinks b JOIN opportunities o ON o.workspace_id = b.workspace_id AND o.id = b.opportunity_id
        WHERE b.workspace_id = $1 AND b.id = $2) FOR NO KEY UPDATE`,
    [workspaceId, id],
  );
  return firstRow(
    tx,
    `SELECT b.state, b.state_changed_at AS "stateChangedAt", b.source_url AS "sourceUrl", b.prospect_id AS "prospectId", b.paid,
            b.expires_at AS "expiresAt", b.negative_checks AS "negativeChecks", b.first_negative_at AS "firstNegativeAt",
            b.unknown_checks AS "unknownChecks", b.last_live_at AS "lastLiveAt", b.review_due_at AS "reviewDueAt",
            b.compliance_status AS "complianceStatus", b.compliance_codes AS "complianceCodes",
            CASE WHEN c.verdict <> 'live' THEN c.reason_codes ELSE '{}' END AS "lastCodes",
            b.asked_by AS "askedBy"
       FROM backlinks b LEFT JOIN backlink_checks c ON c.workspace_id = b.workspace_id AND c.id = b.last_check_id
      WHERE b.workspace_id = $1 AND b.id = $2 AND b.claim_token = $3 FOR NO KEY UPDATE OF b`,
    [workspaceId, id, token],
  );
}

export async function insertCheck(
  tx: EntityManager,
  check: {
    readonly workspaceId: string;
    readonly id: string;
    readonly backlinkId: string;
    readonly verdict: Verdict;
    readonly reasonCodes: readonly ReasonCode[];
    readonly httpStatus: number | null;
    readonly finalUrl: string | null;
    readonly anchorText: string | null;
    readonly rel: readonly string[];
    readonly indexable: boolean | null;
    readonly details: string;
    readonly askedBy: AskedBy;
    readonly checkedAt: Date;
  },
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO backlink_checks (workspace_id, id, backlink_id, verdict, reason_codes, http_status, final_url, anchor_text, rel, indexable, evidence,
                                  asked_by, checked_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      ...[check.workspaceId, check.id, check.backlinkId, check.verdict, check.reasonCodes, check.httpStatus, check.finalUrl],
      ...[check.anchorText, check.rel, check.indexable, check.details, check.askedBy, check.checkedAt],
    ],
  );
}

/** What the link keeps of its last check, and when it is looked at next. Ends the claim; no new version (api.md, "Writes"). */
export async function writeOutcome(
  tx: EntityManager,
  link: {
    readonly workspaceId: string;
    readonly id: string;
    readonly checkId: string;
    readonly verdict: Verdict;
    readonly at: Date;
    readonly negativeChecks: number;
    readonly firstNegativeAt: Date | null;
    readonly unknownChecks: number;
    readonly reviewDueAt: Date | null;
    readonly nextAt: Date | null;
    readonly compliance: { readonly status: ComplianceStatus; readonly codes: readonly ReasonCode[] };
  },
): Promise<void> {
  await rows(
    tx,
    `UPDATE backlinks SET last_check_id = $3, last_verdict = $4, last_checked_at = $5, checks_made = checks_made + 1,
            last_live_at = CASE WHEN $4 = 'live' THEN $5 ELSE last_live_at END, negative_checks = $6, first_negative_at = $7, unknown_checks = $8,
            review_due_at = $9, next_at = $10, compliance_status = $11, compliance_codes = $12, asked_by = 'schedule', claimed_until = NULL,
            claim_token = NULL
      WHERE workspace_id = $1 AND id = $2`,
    [
      ...[link.workspaceId, link.id, link.checkId, link.verdict, link.at, link.negativeChecks, link.firstNegativeAt, link.unknownChecks],
      ...[link.reviewDueAt, link.nextAt, link.compliance.status, link.compliance.codes],
    ],
  );
}

/** Gives a link back unchecked. */
export async function releaseClaim(db: Pick<EntityManager, 'query'>, workspaceId: string, id: string, token: string): Promise<void> {
  await rows(db, 'UPDATE backlinks SET claimed_until = NULL, claim_token = NULL WHERE workspace_id = $1 AND id = $2 AND claim_token = $3', [
    workspaceId,
    id,
    token,
  ]);
}

/** The site shows a parking page: every link of it is at stake, so a person hears of it once. */
export async function markParked(tx: EntityManager, workspaceId: string, prospectId: string, at: Date): Promise<void> {
  const marked = await rows(tx, `UPDATE prospects SET condition = 'parked' WHERE workspace_id = $1 AND id = $2 AND condition = 'ok' RETURNING id`, [
    workspaceId,
    prospectId,
  ]);
  if (marked.length > 0) await leaveTask(tx, workspaceId, { kind: 'site_parked', subjectType: 'prospect', subjectId: prospectId, at });
}
