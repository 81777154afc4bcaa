import { ApiProperty } from '@nestjs/swagger';
import type { AuditDetails } from '../../platform/audit/audit-trail.js';
import type { ShownChange, ShownValue } from '../../platform/audit/noted-changes.js';
import type { AuditRow } from './audit-log.queries.js';

const VALUE = {
  required: false,
  oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'array', items: { type: 'string' } }, { type: 'null' }],
};

export class AuditChangeResponse {
  field!: string;

  @ApiProperty({ ...VALUE, description: 'Before. Absent, like `to`, for names, addresses, texts and secrets: of those only the field is noted.' })
  from?: ShownValue;

  @ApiProperty({ ...VALUE, description: 'After.' })
  to?: ShownValue;
}

export class AuditEntryResponse {
  id!: string;
  createdAt!: string;
  /** The member who did it, or who made the key that did; null for the product itself and for public pages. */
  actorId!: string | null;
  keyId!: string | null;
  via!: 'ui' | 'key' | 'system' | 'public';
  /** Kind of thing and verb, as in `pitch.moved`. */
  action!: string;
  subjectType!: string | null;
  subjectId!: string | null;
  changes!: AuditChangeResponse[];
  /** Further ids, states and field names. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  details!: AuditDetails;
  /** As in the answer's X-Request-Id, and in the log lines of the server. */
  requestId!: string | null;

  static from(row: AuditRow): AuditEntryResponse {
    return { ...row, createdAt: row.createdAt.toISOString(), changes: row.changes.map((change: ShownChange) => ({ ...change })) };
  }
}

export class AuditLogPage {
  data!: AuditEntryResponse[];
  hasMore!: boolean;
  nextCursor!: string | null;
  /** How many there are on all pages; only with `count`. */
  total?: number;
}
