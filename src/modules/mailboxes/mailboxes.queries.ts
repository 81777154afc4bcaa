import type { EntityManager } from 'typeorm';
import { type ByCreation, rowsInCreationOrder } from '../../platform/database/creation-order.js';
import { firstRow } from '../../platform/database/sql.js';
import type { Mailbox } from './mailbox.entity.js';

type Reader = Pick<EntityManager, 'query'>;

type NotShown = 'oauthTokensSealed' | 'oauthExpiresAt' | 'oauthRefreshingUntil';

/** A mailbox to be shown: secrets stay in the database. */
export type MailboxRow = Omit<
  Mailbox,
  'workspaceId' | 'smtpPasswordSealed' | 'imapPasswordSealed' | 'dkimKeySealed' | 'nextAt' | 'dueAt' | 'rampOn' | 'sentLookAt' | NotShown
> & {
  readonly hasSmtpPassword: boolean;
  readonly hasImapPassword: boolean;
};

const SELECT = `SELECT m.id, m.version, m.name, m.from_name AS "fromName", m.from_address AS "fromAddress",
       m.smtp_host AS "smtpHost", m.smtp_port AS "smtpPort", m.smtp_security AS "smtpSecurity", m.smtp_auth AS "smtpAuth", m.smtp_user AS "smtpUser",
       m.smtp_password_sealed IS NOT NULL AS "hasSmtpPassword",
       m.imap_host AS "imapHost", m.imap_port AS "imapPort", m.imap_security AS "imapSecurity", m.imap_user AS "imapUser",
       m.imap_password_sealed IS NOT NULL AS "hasImapPassword",
       m.oauth_provider AS "oauthProvider", m.dkim_selector AS "dkimSelector", m.alarm_code AS "alarmCode", m.alarm_detail AS "alarmDetail", m.alarm_at AS "alarmAt", m.sent_copy AS "sentCopy",
       m.per_day AS "perDay", m.per_hour AS "perHour", m.gap_seconds AS "gapSeconds", m.ramp_start AS "rampStart", m.ramp_step AS "rampStep", m.ramp_days AS "rampDays", m.send_window AS "sendWindow",
       m.state, m.state_reason AS "stateReason", m.signature, m.link_domain AS "linkDomain", m.link_domain_verified_at AS "linkDomainVerifiedAt",
       m.checked_at AS "checkedAt", m.check_ok AS "checkOk", m.check_detail AS "checkDetail", m.created_at AS "createdAt"
  FROM mailboxes m WHERE m.workspace_id = $1`;

export function listMailboxes(
  db: Reader,
  workspaceId: string,
  list: ByCreation & { readonly states: readonly string[] | undefined },
): Promise<MailboxRow[]> {
  const sql = `${SELECT} AND ($2::text[] IS NULL OR m.state = ANY ($2))`;
  return rowsInCreationOrder(db, { sql, values: [workspaceId, list.states ?? null], alias: 'm' }, list);
}

export function findMailbox(db: Reader, workspaceId: string, id: string): Promise<MailboxRow | undefined> {
  return firstRow(db, `${SELECT} AND m.id = $2`, [workspaceId, id]);
}
