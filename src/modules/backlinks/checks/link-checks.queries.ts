import type { EntityManager } from 'typeorm';
import type { CheckMemory } from '../../../domain/backlink-decision.js';
import type { LinkLooks, SeenLink } from '../../../domain/link-changes.js';
import type { BacklinkState } from '../../../domain/machines/backlink.js';
import type { ComplianceStatus, ReasonCode, Verdict } from '../../../domain/reason-codes.js';
import { firstRow, rows } from '../../../platform/database/sql.js';
import type { AskedBy } from '../../../platform/web-fetch/page-look.js';
import { leaveTask } from '../../pipeline/left-for-people.service.js';

/** A claimed link under lock, after the page was seen. */
export interface LinkUnderLock {
  readonly state: BacklinkState;
  readonly stateChangedAt: Date;
  readonly sourceUrl: string | null;
  readonly prospectId: string | null;
  readonly paid: boolean;
  readonly topValue: boolean;
  readonly expiresAt: Date | null;
  readonly negativeChecks: number;
  readonly firstNegativeAt: Date | null;
  readonly unknownChecks: number;
  readonly lastLiveAt: Date | null;
  readonly reviewDueAt: Date | null;
  readonly complianceStatus: ComplianceStatus;
  readonly complianceCodes: ReasonCode[];
  readonly missCodes: ReasonCode[];
  readonly signCodes: ReasonCode[];
  readonly seen: SeenLink | null;
  readonly unconfirmed: SeenLink | null;
  readonly lostAfterChecks: number;
  readonly lostAfterHours: number;
  readonly askedBy: AskedBy;
  readonly opportunityId: string | null;
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
    `SELECT b.state, b.state_changed_at AS "stateChangedAt", b.source_url AS "sourceUrl", b.prospect_id AS "prospectId", b.paid, b.top_value AS "topValue",
            b.expires_at AS "expiresAt", b.negative_checks AS "negativeChecks", b.first_negative_at AS "firstNegativeAt",
            b.unknown_checks AS "unknownChecks", b.last_live_at AS "lastLiveAt", b.review_due_at AS "reviewDueAt",
            b.compliance_status AS "complianceStatus", b.compliance_codes AS "complianceCodes", b.miss_codes AS "missCodes",
            b.sign_codes AS "signCodes", b.seen_looks AS seen, b.new_looks AS unconfirmed, b.asked_by AS "askedBy",
            b.opportunity_id AS "opportunityId", w.lost_after_checks AS "lostAfterChecks", w.lost_after_hours AS "lostAfterHours"
       FROM backlinks b JOIN workspaces w ON w.id = b.workspace_id
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
    readonly memory: CheckMemory;
    readonly looks: LinkLooks;
    /** The host was asked for the page. */
    readonly fetched: boolean;
  },
): Promise<void> {
  await rows(
    tx,
    `UPDATE backlinks SET last_check_id = $3, last_verdict = $4, last_checked_at = $5, checks_made = checks_made + 1,
            last_live_at = CASE WHEN $4 = 'live' THEN $5 ELSE last_live_at END, negative_checks = $6, first_negative_at = $7, unknown_checks = $8,
            review_due_at = $9, next_at = $10, compliance_status = $11, compliance_codes = $12, miss_codes = $13, sign_codes = $14,
            seen_looks = $15, new_looks = $16, asked_by = 'schedule', claimed_until = NULL, claim_token = NULL,
            fetched_at = CASE WHEN $17 THEN $5 ELSE fetched_at END
      WHERE workspace_id = $1 AND id = $2`,
    [
      ...[link.workspaceId, link.id, link.checkId, link.verdict, link.at, link.negativeChecks, link.firstNegativeAt, link.unknownChecks],
      ...[link.reviewDueAt, link.nextAt, link.compliance.status, link.compliance.codes],
      ...[link.memory.missCodes, link.memory.signCodes, link.looks.seen, link.looks.unconfirmed, link.fetched],
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

/** A page that only a person may watch: they are asked for it, once in `everyMs`. */
export async function askForLookByHand(
  tx: EntityManager,
  { workspaceId, id, opportunityId }: { readonly workspaceId: string; readonly id: string; readonly opportunityId: string | null },
  at: Date,
  everyMs: number,
): Promise<void> {
  const asked = await rows(
    tx,
    `SELECT FROM tasks WHERE workspace_id = $1 AND kind = 'look_by_hand' AND subject_id = $2 AND created_at > $3 LIMIT 1`,
    [...[workspaceId, id], new Date(at.getTime() - everyMs)],
  );
  if (asked.length === 0) await leaveTask(tx, workspaceId, { kind: 'look_by_hand', subjectType: 'backlink', subjectId: id, opportunityId, at });
}
