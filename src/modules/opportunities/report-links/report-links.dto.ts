import type { ReportLinkRow } from './report-links.queries.js';

export class ReportLinkSummary {
  id!: string;
  /** Whom it was given to, when it stands in a mail. */
  contactId!: string | null;
  /** By then it ends of itself. */
  expiresAt!: string;
  revokedAt!: string | null;
  createdAt!: string;

  static from(row: ReportLinkRow): ReportLinkSummary {
    return {
      ...{ id: row.id, contactId: row.contactId, expiresAt: row.expiresAt.toISOString() },
      ...{ revokedAt: row.revokedAt?.toISOString() ?? null, createdAt: row.createdAt.toISOString() },
    };
  }
}

export class ReportLinkPage {
  data!: ReportLinkSummary[];
  hasMore!: boolean;
  nextCursor!: string | null;
}
