import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Conflict, Forbidden, NotFound, RuleViolation } from '../../domain/errors.js';
import { OPEN_ENROLLMENT_STATES } from '../../domain/machines/enrollment.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { transact } from '../../platform/database/transact.js';
import { Suppressions } from '../suppressions/suppressions.service.js';
import { enrollmentsInTheWay, lockSides, type MergeSide, unite } from './merge.queries.js';

/** Two records of one person become one (F10). */
@Injectable()
export class ContactMerges {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly suppressions: Suppressions,
  ) {}

  /**
   * Unites the history of two contacts in one transaction. The one who goes keeps its id and its address, both of which lead to
   * the other from then on; no mail goes to either address that one of the two has stopped. Done again, nothing changes.
   * @throws NotFound; Forbidden `outside_border` for who sees some projects only; RuleViolation `same_contact`;
   *   Conflict `contact_erased`, `contact_merged`, `both_in_sequence`
   */
  merge(actor: Actor, fromId: string, intoId: string): Promise<void> {
    const { workspaceId } = actor;
    if (actor.projectIds !== null) throw new Forbidden('The mail of these people may belong to any project.', 'outside_border');
    if (fromId === intoId) throw RuleViolation.at('/intoContactId', 'same_contact', 'This is the contact itself.');
    return transact(this.db, async (tx) => {
      const sides = await lockSides(tx, workspaceId, [fromId, intoId]);
      const [from, into] = [sides.find(({ id }) => id === fromId), sides.find(({ id }) => id === intoId)];
      if (!from) throw new NotFound('contact');
      if (!into) throw new NotFound('contact', '/intoContactId');
      if (from.mergedIntoId === into.id) return;
      await this.requireMergeable(tx, workspaceId, from, into);
      const stops = await this.suppressions.stopsOf(tx, workspaceId, [from.emailKey, into.emailKey]);
      const at = this.clock.now();
      await unite(tx, workspaceId, { fromId, intoId, at });
      // after the history is one, so that a stop of either ends the sequence of both
      for (const stop of stops) await this.suppressions.add(tx, actor, { ...stop, value: into.emailKey });
      await audit(tx, actor, { action: 'contact.merged', subjectId: from.id, at, details: { intoContactId: into.id } });
    });
  }

  private async requireMergeable(tx: EntityManager, workspaceId: string, from: MergeSide, into: MergeSide): Promise<void> {
    if (from.erased || into.erased) throw new Conflict('contact_erased', 'One of the two was erased: nothing can be stored about them.');
    const merged = [from, into].find(({ mergedIntoId }) => mergedIntoId !== null);
    if (merged)
      throw new Conflict('contact_merged', 'One of the two is part of another contact.', { contactId: merged.id, mergedIntoId: merged.mergedIntoId });
    const enrollmentIds = await enrollmentsInTheWay(tx, workspaceId, { fromId: from.id, intoId: into.id, open: OPEN_ENROLLMENT_STATES });
    if (enrollmentIds.length === 0) return;
    throw new Conflict('both_in_sequence', 'Both are, or were, in a sequence that cannot go on for one person: stop the enrollments named first.', {
      enrollmentIds,
    });
  }
}
