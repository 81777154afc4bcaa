import { Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { DataSource, type EntityManager } from 'typeorm';
import { erasedWords } from '../../domain/erased-words.js';
import { Conflict, Forbidden, NotFound } from '../../domain/errors.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock, MINUTE_MS } from '../../platform/clock.js';
import { transact } from '../../platform/database/transact.js';
import { leaveNote } from '../pipeline/left-for-people.service.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { Suppressions } from '../suppressions/suppressions.service.js';
import {
  blankContact,
  blankMails,
  blankOriginals,
  findPerson,
  isMailUnderWay,
  lockPerson,
  type PersonToErase,
  surroundingsOf,
  type Surroundings,
} from './erasure.queries.js';
import { searchUnfiled, type Sought, type Unfiled } from './unfiled-originals.queries.js';
import { blankWordsOfOthers } from './words-of-others.js';

/** A pattern that matches no text. */
const NOTHING = '(?!)';
/** How far the clocks of two processes may be apart, and a mail may be on its way into the database. */
const SKEW_MS = 5 * MINUTE_MS;

/** The right to be forgotten (F49, standards 29), along the privacy registry. */
@Injectable()
export class Erasures {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly suppressions: Suppressions,
  ) {}

  /**
   * Stops all that is under way to a person and empties what is kept of them, in one transaction: wholly or not at all. What
   * stays is their id, and a keyed hash of the address, by which they are never mailed and never stored again. Whoever they
   * were merged with is erased too. Done again, it empties what has come since.
   * @param reason  kept as a note, less the person's name and address
   * @returns when they were erased
   * @throws NotFound; Forbidden `outside_border` for who sees some projects only; Conflict `mail_under_way`
   */
  async erase(actor: Actor, contactId: string, reason: string): Promise<Date> {
    const { workspaceId } = actor;
    if (actor.projectIds !== null) throw new Forbidden('This takes the person out of all projects.', 'outside_border');
    const found = await this.search(workspaceId, contactId);
    return transact(this.db, async (tx) => {
      const all = await lockPerson(tx, workspaceId, contactId);
      const asked = all.find(({ id }) => id === contactId);
      if (!asked) throw new NotFound('contact');
      const people = all.filter(({ erasedAt }) => erasedAt === null);
      if (people.length === 0) {
        await blankSince(tx, workspaceId, all, this.clock.now());
        return asked.erasedAt ?? this.clock.now();
      }
      const [at, ids] = [this.clock.now(), people.map(({ id }) => id)];
      for (const id of ids) await this.pipeline.record(tx, actor, { kind: 'contact_erased', contactId: id });
      if (await isMailUnderWay(tx, workspaceId, ids)) {
        throw new Conflict('mail_under_way', 'A mail to this person is being handed over right now. Repeat the call in a minute.');
      }
      const near = await surroundingsOf(tx, workspaceId, ids);
      const noteId = await leaveNote(tx, workspaceId, { subjectType: 'contact', subjectId: contactId, authorId: actor.memberId, text: reason, at });
      await this.blankWords(tx, workspaceId, people, { near, found });
      for (const { id, emailKey } of people) {
        await blankContact(tx, workspaceId, { id, at, emailHash: await this.suppressions.forget(tx, actor, emailKey) });
      }
      await audit(tx, actor, { action: 'contact.erased', subjectId: contactId, at, details: { noteId, contactIds: ids } });
      return at;
    });
  }

  /** Before anything is locked: the mail that belongs to nobody may be years of it. */
  private async search(workspaceId: string, contactId: string): Promise<Unfiled | undefined> {
    const people = await findPerson(this.db, workspaceId, contactId);
    const since = new Date(this.clock.now().getTime() - SKEW_MS);
    const left = people.filter(({ erasedAt }) => erasedAt === null);
    return left.length === 0 ? undefined : searchUnfiled(this.db.manager, workspaceId, soughtOf(left), since);
  }

  private async blankWords(
    tx: EntityManager,
    workspaceId: string,
    people: readonly PersonToErase[],
    { near, found }: { readonly near: Surroundings; readonly found: Unfiled | undefined },
  ): Promise<void> {
    const contactIds = people.map(({ id }) => id);
    const sought = soughtOf(people);
    // whoever was renamed or merged meanwhile is looked for again
    const unfiled =
      found && isDeepStrictEqual(sought, { addresses: found.addresses, pattern: found.pattern }) ? found : { ...sought, ids: [], since: null };
    await blankOriginals(tx, workspaceId, { contactIds, nearby: near.messages, unfiled });
    await blankMails(tx, workspaceId, contactIds, sought.addresses);
    await blankWordsOfOthers(tx, workspaceId, erasedWords(people), near);
  }
}

function soughtOf(people: readonly PersonToErase[]): Sought {
  const words = erasedWords(people);
  return {
    addresses: [...new Set(people.flatMap(({ email, emailKey }) => [email.toLowerCase(), emailKey]))],
    pattern: [words.anywhere, words.nearby].filter((one) => one !== null).join('|'),
  };
}

/** Of people whose names and addresses are gone: what is known to be theirs by their id. */
async function blankSince(tx: EntityManager, workspaceId: string, people: readonly PersonToErase[], now: Date): Promise<void> {
  const contactIds = people.map(({ id }) => id);
  await blankOriginals(tx, workspaceId, { contactIds, nearby: [], unfiled: { addresses: [], pattern: NOTHING, ids: [], since: now } });
  await blankMails(tx, workspaceId, contactIds, []);
}
