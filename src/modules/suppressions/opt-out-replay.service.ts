import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { audit } from '../../platform/audit/audit-trail.js';
import { systemActor } from '../../platform/auth/system-actor.js';
import { Clock } from '../../platform/clock.js';
import { firstRow, rows } from '../../platform/database/sql.js';
import { transact } from '../../platform/database/transact.js';
import { type JournalEntry, readEntry } from '../../platform/restore/opt-out-journal.js';
import { SuppressionHasher } from '../../platform/secrets/suppression-hasher.js';
import { SUPPRESSION_SOURCES } from './suppression.entity.js';
import { deleteSuppression } from './suppressions.queries.js';
import { type SuppressionInput, Suppressions } from './suppressions.service.js';

export interface ReplayReport {
  /** Back in force, with all that an opt-out stops. */
  readonly added: number;
  /** Known to this database, and as strong. */
  readonly known: number;
  /** Of people who were erased since: their data is here again. */
  readonly erased: number;
  /** Taken back since. */
  readonly removed: number;
  /** Of a workspace or a project that this database does not know, or over. */
  readonly passed: number;
  /** Lines that are no entries. */
  readonly broken: number;
}

type Wish = JournalEntry & { readonly value: string };
type Fate = 'added' | 'known' | 'passed';

const REASON = 'from the journal of opt-outs, after a restore';

/** What the journal says of whom, the last word about each; a removal is final, since ids are never given twice. */
export function lastWords(lines: readonly string[]): { readonly wishes: Wish[]; readonly removed: JournalEntry[]; readonly broken: number } {
  const entries = lines.map(readEntry);
  const known = entries.flatMap((entry) => entry ?? []).sort((a, b) => a.at.localeCompare(b.at));
  const removed = new Map(known.filter((entry) => entry.do === 'remove').map((entry) => [entry.id, entry]));
  const wishes = new Map<string, Wish>();
  for (const entry of known) if (entry.value !== null && !removed.has(entry.id)) wishes.set(entry.id, { ...entry, value: entry.value });
  return { wishes: [...wishes.values()], removed: [...removed.values()], broken: entries.length - known.length };
}

/** Brings the opt-outs back that a restored database has forgotten. Each is one transaction: it may be killed, and run again. */
@Injectable()
export class OptOutReplay {
  constructor(
    private readonly db: DataSource,
    private readonly suppressions: Suppressions,
    private readonly hasher: SuppressionHasher,
    private readonly clock: Clock,
  ) {}

  /** @param dryRun  counts, and changes nothing */
  async replay(lines: readonly string[], { dryRun }: { readonly dryRun: boolean }): Promise<ReplayReport> {
    const { wishes, removed, broken } = lastWords(lines);
    const count = { added: 0, known: 0, passed: 0 };
    const erased = new Set<string>();
    let takenBack = 0;
    // first: a suppression that was taken back may stand in the way of its successor
    for (const entry of removed) if (await this.remove(entry, dryRun)) takenBack += 1;
    for (const [workspaceId, mine] of byWorkspace(wishes)) {
      const addresses = await this.addressesOf(workspaceId, new Set(mine.filter(({ kind }) => kind === 'address').map(({ value }) => value)));
      for (const wish of mine) {
        const address = addresses.get(wish.value);
        if (wish.source === 'erasure' && address !== undefined) erased.add(address);
        count[await this.add(wish, address, dryRun)] += 1;
      }
    }
    return { ...count, erased: erased.size, removed: takenBack, broken };
  }

  private async add(wish: Wish, address: string | undefined, dryRun: boolean): Promise<Fate> {
    const { workspaceId, id, kind, value, projectId } = wish;
    const source = SUPPRESSION_SOURCES.find((one) => one === wish.source);
    const expiresAt = wish.expiresAt === null ? null : new Date(wish.expiresAt);
    if (!source || (expiresAt && expiresAt <= this.clock.now()) || !(await this.isHere(workspaceId, projectId))) return 'passed';
    if (await this.isKnown(wish, address)) return 'known';
    if (dryRun) return 'added';
    const input: SuppressionInput = { kind, value: address ?? value, reason: REASON, source, projectId, expiresAt, id };
    await transact(this.db, async (tx) => {
      const actor = systemActor(workspaceId);
      // nobody is written down again who was erased, nor whom this database does not know
      if (kind === 'address' && (address === undefined || source === 'erasure')) await this.suppressions.addHash(tx, actor, value, input);
      else await this.suppressions.add(tx, actor, input);
    });
    return 'added';
  }

  /** Whoever the hashes belong to, among the people that this database knows: only they can be mailed. */
  private async addressesOf(workspaceId: string, hashes: ReadonlySet<string>): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    let after = '00000000-0000-0000-0000-000000000000';
    while (found.size < hashes.size) {
      const contacts = await rows<{ id: string; key: string }>(
        this.db,
        'SELECT id, email_key AS key FROM contacts WHERE workspace_id = $1 AND id > $2 AND erased_at IS NULL ORDER BY id LIMIT 5000',
        [workspaceId, after],
      );
      for (const { key } of contacts) {
        const hash = this.hasher.hash(workspaceId, key);
        if (hashes.has(hash)) found.set(hash, key);
      }
      const last = contacts.at(-1);
      if (!last) break;
      after = last.id;
    }
    return found;
  }

  /** There, in one form or the other, and as long. */
  private async isKnown({ workspaceId, kind, value, projectId, expiresAt, source }: Wish, address: string | undefined): Promise<boolean> {
    const known = await firstRow(
      this.db,
      `SELECT FROM suppressions WHERE workspace_id = $1 AND kind = $2 AND (value = $3 OR value_hash = $4) AND project_id IS NOT DISTINCT FROM $5::uuid
          AND (expires_at IS NULL OR expires_at >= $6) AND (source <> 'bounce' OR $7 = 'bounce')`,
      [
        workspaceId,
        kind,
        kind === 'domain' ? value : (address ?? null),
        kind === 'domain' ? null : value,
        projectId,
        expiresAt ?? 'infinity',
        source,
      ],
    );
    return known !== undefined;
  }

  private async isHere(workspaceId: string, projectId: string | null): Promise<boolean> {
    const here = await firstRow(
      this.db,
      `SELECT FROM workspaces w WHERE w.id = $1 AND ($2::uuid IS NULL OR EXISTS (SELECT FROM projects p WHERE p.workspace_id = $1 AND p.id = $2))`,
      [workspaceId, projectId],
    );
    return here !== undefined;
  }

  private remove({ workspaceId, id, kind, source }: JournalEntry, dryRun: boolean): Promise<boolean> {
    return transact(this.db, async (tx: EntityManager) => {
      const there = await firstRow(tx, 'SELECT FROM suppressions WHERE workspace_id = $1 AND id = $2', [workspaceId, id]);
      if (dryRun || !there) return there !== undefined;
      await deleteSuppression(tx, workspaceId, id, null);
      const actor = systemActor(workspaceId);
      await audit(tx, actor, { action: 'suppression.removed', subjectId: id, at: this.clock.now(), details: { kind, source } });
      return true;
    });
  }
}

function byWorkspace(wishes: readonly Wish[]): Map<string, Wish[]> {
  const found = new Map<string, Wish[]>();
  for (const wish of wishes) {
    const mine = found.get(wish.workspaceId) ?? [];
    mine.push(wish);
    found.set(wish.workspaceId, mine);
  }
  return found;
}
