import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { domainOf } from '../../domain/email-address.js';
import { Forbidden, IllegalTransition, NotFound, RuleViolation, VersionMismatch } from '../../domain/errors.js';
import { OPEN_ENROLLMENT_STATES } from '../../domain/machines/enrollment.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { creationKey } from '../../platform/database/creation-order.js';
import { transact } from '../../platform/database/transact.js';
import { findByKey } from '../../platform/database/find-by-key.js';
import { appendEvents } from '../../platform/events/outbox.js';
import type { IfVersion } from '../../platform/http/input/if-match.decorator.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { type Page, page, readPage } from '../../platform/http/lists/paging.js';
import { newId } from '../../platform/ids.js';
import { journalLater } from '../../platform/restore/opt-out-journal.js';
import { SuppressionHasher } from '../../platform/secrets/suppression-hasher.js';
import { leaveNote } from '../pipeline/left-for-people.service.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { Project } from '../projects/project.entity.js';
import { addedLine, removedLine } from './journal-lines.js';
import { domainsAbove, normalisedValue } from './suppressed-value.js';
import { Suppression, type SuppressionKind, type SuppressionSource } from './suppression.entity.js';
import {
  contactsOf,
  deleteSuppression,
  findStops,
  isHashed,
  listSuppressions,
  matchSuppressions,
  type NewSuppression,
  otherAddressesOf,
  openEnrollmentsOf,
  readSuppression,
  replaceByHash,
  SUPPRESSION_LIST,
  type SuppressionRow,
  upsertSuppression,
} from './suppressions.queries.js';

/** Why somebody may not be mailed. */
export type SuppressionMatch = Pick<SuppressionRow, 'id' | 'kind' | 'reason' | 'source'>;

export interface SuppressionInput {
  readonly kind: SuppressionKind;
  readonly value: string;
  readonly reason: string;
  readonly source: SuppressionSource;
  readonly projectId?: string | null | undefined;
  readonly expiresAt?: Date | null | undefined;
  /** Only where it had one before: when it comes back after a restore. */
  readonly id?: string | undefined;
}

/**
 * Sources that say "no more mail" and so move the machines as an opt-out (state-model 7). A bounce and an erasure have
 * events of their own (`bounced_hard`, `contact_erased`), which leave the card alone.
 */
const OPT_OUTS: readonly SuppressionSource[] = ['person', 'one_click', 'reply', 'complaint', 'import'];

/** Who is never to be mailed (F47): every path that mails asks `find`. */
@Injectable()
export class Suppressions {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly hasher: SuppressionHasher,
  ) {}

  /** Why the address may not be mailed now; with a project, also for that project's sake. The workspace's own comes first. */
  async find(
    tx: Pick<EntityManager, 'query'>,
    workspaceId: string,
    { emailKey, projectId }: { readonly emailKey: string; readonly projectId?: string | null },
  ): Promise<SuppressionMatch | undefined> {
    return (await this.findAll(tx, workspaceId, { emailKeys: [emailKey], projectId: projectId ?? null })).get(emailKey);
  }

  /** The same for many addresses at once, by address; who may be mailed is not in it. */
  async findAll(
    tx: Pick<EntityManager, 'query'>,
    workspaceId: string,
    { emailKeys, projectId }: { readonly emailKeys: readonly string[]; readonly projectId?: string | null },
  ): Promise<Map<string, SuppressionMatch>> {
    if (emailKeys.length === 0) return new Map();
    const domains = [...new Set(emailKeys.flatMap((key) => domainsAbove(domainOf(key))))];
    const hashes = emailKeys.map((key) => this.hasher.hash(workspaceId, key));
    const wanted = { addresses: emailKeys, hashes, domains, projectId: projectId ?? null, at: this.clock.now() };
    const matches = await matchSuppressions(tx, workspaceId, wanted);
    const byValue = new Map<string, (typeof matches)[number]>();
    for (const match of matches) {
      const name = match.valueHash === null ? `${match.kind} ${String(match.value)}` : `hash ${match.valueHash}`;
      if (!byValue.has(name)) byValue.set(name, match);
    }
    return new Map(
      emailKeys.flatMap((key, at) => {
        const keys = [`address ${key}`, `hash ${String(hashes[at])}`, ...domainsAbove(domainOf(key)).map((domain) => `domain ${domain}`)];
        const [match] = keys.flatMap((one) => byValue.get(one) ?? []);
        return match ? [[key, { id: match.id, kind: match.kind, reason: match.reason, source: match.source }]] : [];
      }),
    );
  }

  /**
   * Suppresses an address or a domain, and stops what is under way to it. Known again: the same row, only ever made
   * stronger (later expiry, a person's word in place of a bounce). A wish of somebody who was merged holds for all their addresses.
   * @throws NotFound for an unknown project; RuleViolation `invalid_email`, `invalid_domain`, `free_mail_domain`
   */
  async add(tx: EntityManager, actor: Actor, input: SuppressionInput): Promise<{ suppression: SuppressionRow; created: boolean }> {
    const given = normalisedValue(input.kind, input.value);
    const hash = this.hasher.hash(actor.workspaceId, given);
    // whoever was erased is not written down again
    const erased = input.kind === 'address' && (await isHashed(tx, actor.workspaceId, hash));
    const stored = await this.store(tx, actor, input, erased ? { value: null, valueHash: hash } : { value: given, valueHash: null });
    if (input.kind === 'address' && OPT_OUTS.includes(input.source)) {
      const others = await otherAddressesOf(tx, actor.workspaceId, given);
      for (const value of others) await this.store(tx, actor, { ...input, id: undefined }, { value, valueHash: null });
    }
    return stored;
  }

  /**
   * Puts keyed hashes in place of all that is kept of an address, and of the erasure itself, so that nobody mails the person
   * again. For the transaction that erases the contact. @returns the hash
   */
  async forget(tx: EntityManager, actor: Actor, emailKey: string): Promise<string> {
    const valueHash = this.hasher.hash(actor.workspaceId, emailKey);
    await replaceByHash(tx, actor.workspaceId, emailKey, valueHash);
    await this.addHash(tx, actor, valueHash, { reason: 'erased', source: 'erasure' });
    // also where they had opted out before: a restored database would hold their data again
    await this.keepOutside(tx, actor.workspaceId, {
      id: newId(),
      kind: 'address',
      value: null,
      valueHash,
      source: 'erasure',
      projectId: null,
      expiresAt: null,
    });
    return valueHash;
  }

  /** Suppresses somebody who was erased, known by the hash that `forget` gave. */
  async addHash(tx: EntityManager, actor: Actor, valueHash: string, why: Omit<SuppressionInput, 'kind' | 'value'>): Promise<void> {
    await this.store(tx, actor, { ...why, kind: 'address', value: '' }, { value: null, valueHash });
  }

  /** What people have stopped at these very addresses and is still in force, by kind, reason, source, project and expiry; that an address bounced is no wish of anybody's. */
  async stopsOf(tx: EntityManager, workspaceId: string, emailKeys: readonly string[]): Promise<Omit<SuppressionInput, 'value'>[]> {
    const found = await findStops(tx, workspaceId, { emailKeys, sources: OPT_OUTS });
    return found.filter((stop) => isInForce(stop, this.clock.now()));
  }

  /** Whether the address belongs to somebody who was erased: nothing may be stored about them (standards 29). */
  wasErased(tx: Pick<EntityManager, 'query'>, workspaceId: string, emailKey: string): Promise<boolean> {
    return isHashed(tx, workspaceId, this.hasher.hash(workspaceId, emailKey));
  }

  private async store(
    tx: EntityManager,
    actor: Actor,
    input: SuppressionInput,
    { value, valueHash }: Pick<SuppressionRow, 'value' | 'valueHash'>,
  ): Promise<{ suppression: SuppressionRow; created: boolean }> {
    const { workspaceId } = actor;
    const { kind, source, projectId = null } = input;
    if (projectId !== null && !(await tx.existsBy(Project, { workspaceId, id: projectId }))) throw new NotFound('project', '/projectId');
    const at = this.clock.now();
    const row = newSuppression(workspaceId, input, { value, valueHash, createdAt: at });
    const changed = await upsertSuppression(tx, row);
    const suppression = changed ?? (await requireSuppression(tx, row));
    const contactIds = value === null ? [] : await contactsOf(tx, workspaceId, kind, value);
    if (changed) await this.announce(tx, actor, { suppression, contactIds, created: changed.created });
    if (isInForce(suppression, at) && OPT_OUTS.includes(source)) await this.stop(tx, actor, suppression, contactIds);
    return { suppression, created: changed?.created ?? false };
  }

  /**
   * `add` in a transaction of its own, for the API.
   * @throws as `add`; RuleViolation `expires_in_past`
   */
  async create(actor: Actor, input: SuppressionInput): Promise<{ suppression: SuppressionRow; created: boolean }> {
    if (input.expiresAt && input.expiresAt <= this.clock.now()) {
      throw RuleViolation.at('/expiresAt', 'expires_in_past', 'The expiry has passed already.');
    }
    return transact(this.db, (tx) => this.add(tx, actor, input));
  }

  /** @throws NotFound */
  async get(actor: Actor, id: string): Promise<Suppression> {
    const found = await findByKey(this.db, Suppression, { workspaceId: actor.workspaceId, id });
    if (!found) throw new NotFound('suppression');
    return found;
  }

  async list(actor: Actor, query: PageQuery): Promise<Page<SuppressionRow>> {
    const list = readPage(query, SUPPRESSION_LIST);
    const found = await listSuppressions(this.db.manager, actor, list);
    return page(found, list.limit, creationKey, list.sort);
  }

  /**
   * Lets the address be mailed again; starts nothing by itself. The reason is kept as a note, since the audit log holds no texts.
   * @throws NotFound, VersionMismatch; Forbidden `outside_border` for one that protects all projects, when the actor has only some
   */
  remove(actor: Actor, id: string, reason: string, ifVersion: IfVersion): Promise<void> {
    const { workspaceId } = actor;
    return transact(this.db, async (tx) => {
      const removed = await deleteSuppression(tx, workspaceId, id, ifVersion === '*' ? null : ifVersion);
      if (!removed) throw (await tx.existsBy(Suppression, { workspaceId, id })) ? new VersionMismatch() : new NotFound('suppression');
      if (removed.projectId === null && actor.projectIds !== null) throw new Forbidden('This protects the people of all projects.', 'outside_border');
      const at = this.clock.now();
      const noteId = await leaveNote(tx, workspaceId, { subjectType: 'suppression', subjectId: id, authorId: actor.memberId, text: reason, at });
      const details = { kind: removed.kind, source: removed.source, noteId };
      await audit(tx, actor, { action: 'suppression.removed', subjectId: id, at, details });
      await journalLater(tx, removedLine({ id, ...removed }, { workspaceId, at }));
    });
  }

  /** So that a restore does not take it back. */
  private keepOutside(tx: EntityManager, workspaceId: string, row: Parameters<typeof addedLine>[0]): Promise<void> {
    return journalLater(tx, addedLine(row, { workspaceId, at: this.clock.now(), hash: (address) => this.hasher.hash(workspaceId, address) }));
  }

  private async announce(
    tx: EntityManager,
    actor: Actor,
    news: { readonly suppression: SuppressionRow; readonly contactIds: readonly string[]; readonly created: boolean },
  ): Promise<void> {
    const { id: suppressionId, kind, source, projectId } = news.suppression;
    await this.keepOutside(tx, actor.workspaceId, news.suppression);
    const at = this.clock.now();
    const action = news.created ? 'suppression.added' : 'suppression.extended';
    await audit(tx, actor, { action, subjectId: suppressionId, at, details: { kind, source } });
    const nobody = [{ type: 'suppression', id: suppressionId }];
    const subjects = news.contactIds.length > 0 ? news.contactIds.map((contactId) => ({ type: 'contact', id: contactId, contactId })) : nobody;
    await appendEvents(
      tx,
      subjects.map((subject) => ({
        workspaceId: actor.workspaceId,
        type: 'contact.suppressed',
        at,
        projectId,
        campaignId: null,
        opportunityId: null,
        data: { object: { ...subject, suppressionId, kind, source }, ...(projectId !== null && { projectId }) },
      })),
    );
  }

  /** A domain speaks for its site; a wish about one project leaves the others, and the card, alone. */
  private async stop(tx: EntityManager, actor: Actor, { kind, projectId }: SuppressionRow, contactIds: readonly string[]): Promise<void> {
    if (projectId !== null) return this.stopProject(tx, actor, projectId, contactIds);
    const scope = kind === 'domain' ? 'site' : 'contact';
    for (const contactId of contactIds) await this.pipeline.record(tx, actor, { kind: 'opted_out', contactId, scope });
  }

  private async stopProject(tx: EntityManager, actor: Actor, projectId: string, contactIds: readonly string[]): Promise<void> {
    const open = await openEnrollmentsOf(tx, actor.workspaceId, { projectId, contactIds, states: OPEN_ENROLLMENT_STATES });
    for (const id of open) {
      try {
        await this.pipeline.move(tx, actor, { machine: 'enrollment', id, to: 'stopped', ifVersion: '*', reasonCode: 'suppressed' });
      } catch (error) {
        // it ended between our look and the lock: there is nothing left to stop
        if (!(error instanceof IllegalTransition)) throw error;
      }
    }
  }
}

function newSuppression(
  workspaceId: string,
  { kind, reason, source, id = newId(), projectId = null, expiresAt = null }: SuppressionInput,
  more: Pick<NewSuppression, 'value' | 'valueHash' | 'createdAt'>,
): NewSuppression {
  return { workspaceId, id, kind, reason, source, projectId, expiresAt, ...more };
}

async function requireSuppression(tx: EntityManager, row: Parameters<typeof readSuppression>[1]): Promise<SuppressionRow> {
  const found = await readSuppression(tx, row);
  if (!found) throw new Error('A suppression vanished while it was added.');
  return found;
}

function isInForce({ expiresAt }: Pick<SuppressionRow, 'expiresAt'>, at: Date): boolean {
  return expiresAt === null || expiresAt > at;
}
