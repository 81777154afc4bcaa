import type { EntityManager } from 'typeorm';
import { ERASED_MARK, type ErasedWords } from '../../domain/erased-words.js';
import { rows } from '../../platform/database/sql.js';
import { PERSONAL } from '../../platform/privacy/privacy-registry.js';
import type { Surroundings } from './erasure.queries.js';

/** Which rows of a table are about a person: a column, and the ids that it then holds. A table without a line is searched for addresses and full names only. */
const ABOUT: Readonly<Record<string, readonly [column: string, ids: (near: Surroundings) => readonly string[]]>> = {
  attestations: ['backlink_id', (near) => near.backlinks],
  backlinks: ['id', (near) => near.backlinks],
  campaigns: ['id', (near) => near.campaigns],
  enrollments: ['id', (near) => near.enrollments],
  messages: ['id', (near) => near.messages],
  message_texts: ['message_id', (near) => near.messages],
  notes: ['subject_id', (near) => near.everything],
  opportunities: ['id', (near) => near.cards],
  pitch_drafts: ['pitch_id', (near) => near.pitches],
  pitch_topics: ['pitch_id', (near) => near.pitches],
  pitches: ['id', (near) => near.pitches],
  prospects: ['id', (near) => near.sites],
  tasks: ['subject_id', (near) => near.everything],
};

/** Mails with other people quote what was said: looked through where they belong to the same work, not all mail of the workspace. */
const QUOTING: Readonly<Record<string, readonly string[]>> = {
  messages: ['subject', 'text', 'html', 'last_response'],
  message_texts: ['subject', 'text', 'html'],
};
const LISTS = ['tags'];

const blanked = (column: string): string =>
  LISTS.includes(column)
    ? `${column} = ARRAY(SELECT regexp_replace(one, $2, '${ERASED_MARK}', 'gi') FROM unnest(${column}) AS one)`
    : `${column} = regexp_replace(${column}, $2, '${ERASED_MARK}', 'gi')`;
const holds = (column: string): string => (LISTS.includes(column) ? `array_to_string(${column}, ' ') ~* $2` : `${column} ~* $2`);

/** Puts a mark in place of the person's name and address, wherever the privacy registry says that words may hold them. */
export async function blankWordsOfOthers(tx: EntityManager, workspaceId: string, words: ErasedWords, near: Surroundings): Promise<void> {
  // of mail that belongs to nobody, all is looked through
  await blank(tx, workspaceId, { table: 'messages', columns: QUOTING['messages'] ?? [], where: 'contact_id IS NULL' }, words.anywhere);
  for (const [table, columns] of Object.entries(PERSONAL)) {
    const searched = Object.keys(columns).filter((column) => columns[column] === 'search');
    if (searched.length > 0) await blank(tx, workspaceId, { table, columns: searched }, words.anywhere);
    const [column, ids] = ABOUT[table] ?? [];
    const close = [...searched, ...(QUOTING[table] ?? [])];
    if (column === undefined || ids === undefined || close.length === 0) continue;
    const about = { table, columns: close, where: `${column} = ANY ($3::uuid[])`, ids: ids(near) };
    if (QUOTING[table]) await blank(tx, workspaceId, about, words.anywhere);
    await blank(tx, workspaceId, about, words.nearby);
  }
}

interface Place {
  readonly table: string;
  readonly columns: readonly string[];
  readonly where?: string;
  /** $3 of the condition. */
  readonly ids?: readonly string[];
}

async function blank(tx: EntityManager, workspaceId: string, { table, columns, where, ids }: Place, pattern: string | null): Promise<void> {
  if (pattern === null || ids?.length === 0) return;
  const only = where === undefined ? '' : ` AND ${where}`;
  await rows(tx, `UPDATE ${table} SET ${columns.map(blanked).join(', ')} WHERE workspace_id = $1 AND (${columns.map(holds).join(' OR ')})${only}`, [
    workspaceId,
    pattern,
    ...(ids === undefined ? [] : [ids]),
  ]);
}
