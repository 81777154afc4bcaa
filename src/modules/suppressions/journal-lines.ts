import type { JournalEntry } from '../../platform/restore/opt-out-journal.js';
import type { SuppressionRow } from './suppressions.queries.js';

export interface LineOf {
  readonly workspaceId: string;
  readonly at: Date;
}

/** What the journal keeps of a suppression: an address by its hash, so that an erasure stays whole (ADR 18). */
export function addedLine(
  row: Pick<SuppressionRow, 'id' | 'kind' | 'value' | 'valueHash' | 'source' | 'projectId' | 'expiresAt'>,
  { workspaceId, at, hash }: LineOf & { readonly hash: (address: string) => string },
): JournalEntry {
  const { id, kind, source, projectId, expiresAt } = row;
  const value = row.valueHash ?? (kind === 'address' ? hash(row.value ?? '') : row.value);
  return { v: 1, at: at.toISOString(), do: 'add', workspaceId, id, kind, value, source, projectId, expiresAt: expiresAt?.toISOString() ?? null };
}

export function removedLine(row: Pick<SuppressionRow, 'id' | 'kind' | 'source' | 'projectId'>, { workspaceId, at }: LineOf): JournalEntry {
  return { v: 1, at: at.toISOString(), do: 'remove', workspaceId, ...row, value: null, expiresAt: null };
}
