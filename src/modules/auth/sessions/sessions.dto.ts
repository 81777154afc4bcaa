import type { SessionRow } from './sessions.queries.js';

export class SessionResponse {
  id!: string;
  version!: number;
  /** Which of your workspaces it opens. */
  workspaceId!: string;
  /** As in `Firefox on Linux`; null when the browser did not say. */
  userAgent!: string | null;
  createdAt!: string;
  /** To the minute. */
  lastSeenAt!: string;
  /** Then at the latest it ends; two weeks without a call end it too. */
  expiresAt!: string;
  /** The one you are asking with. */
  current!: boolean;

  static from(row: SessionRow, currentId: string | undefined): SessionResponse {
    const { id, version, workspaceId, userAgent } = row;
    return {
      ...{ id, version, workspaceId, userAgent },
      createdAt: row.createdAt.toISOString(),
      lastSeenAt: row.lastSeenAt.toISOString(),
      expiresAt: row.expiresAt.toISOString(),
      current: id === currentId,
    };
  }
}

export class SessionPage {
  data!: SessionResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
