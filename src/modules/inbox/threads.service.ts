import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { normaliseEmail } from '../../domain/email-address.js';
import { Conflict, NotFound } from '../../domain/errors.js';
import { REPLY_CLASSES, type ReplyClass } from '../../domain/pipeline-events.js';
import { audit } from '../../platform/audit/audit-trail.js';
import type { Actor } from '../../platform/auth/actor.js';
import { Clock } from '../../platform/clock.js';
import { creationKey } from '../../platform/database/creation-order.js';
import { transact } from '../../platform/database/transact.js';
import type { PageQuery } from '../../platform/http/lists/page-query.dto.js';
import { page, type Page, readPage } from '../../platform/http/lists/paging.js';
import { Pipeline } from '../pipeline/pipeline.service.js';
import { findRecordPlace } from '../pipeline/record-places.service.js';
import { Suppressions } from '../suppressions/suppressions.service.js';
import { requireWorker } from '../workspaces/members.service.js';
import { findAssignee, giveThread, listThreads, THREAD_LIST, type ThreadRow } from './thread-list.queries.js';
import { classifyMessage, readThread, type ThreadMessageRow } from './threads.queries.js';

const MAX_MESSAGES = 200;
/** What a person may put a meaning to; a bounce has its own. */
const ANSWERS: readonly string[] = ['human', 'auto_reply', ...REPLY_CLASSES];

/** Conversations: our mails and what came back. */
@Injectable()
export class Threads {
  constructor(
    private readonly db: DataSource,
    private readonly clock: Clock,
    private readonly pipeline: Pipeline,
    private readonly suppressions: Suppressions,
  ) {}

  async list(actor: Actor, query: PageQuery): Promise<Page<ThreadRow>> {
    const list = readPage(query, THREAD_LIST);
    return page(await listThreads(this.db.manager, actor, list), list.limit, creationKey, list.sort);
  }

  /** Who answers it. */
  assignee({ workspaceId }: Actor, id: string): Promise<string | null> {
    return findAssignee(this.db.manager, workspaceId, id);
  }

  /** Gives a thread to a member; null gives it back to the owner of its card. @throws NotFound; RuleViolation as `requireWorker` */
  assign(actor: Actor, id: string, memberId: string | null): Promise<ThreadMessageRow[]> {
    const { workspaceId } = actor;
    return transact(this.db, async (tx) => {
      const found = await this.read(tx, actor, id);
      if (memberId !== null) {
        const { projectId = null } = (await findRecordPlace(tx, workspaceId, 'thread', id)) ?? {};
        await requireWorker(tx, workspaceId, memberId, { pointer: '/assigneeId', projectId });
      }
      const from = await findAssignee(tx, workspaceId, id);
      const at = this.clock.now();
      await giveThread(tx, workspaceId, { threadId: id, memberId, opportunityId: found.at(-1)?.opportunityId ?? null, at });
      const changes = { assigneeId: { from, to: await findAssignee(tx, workspaceId, id) } };
      await audit(tx, actor, { action: 'thread.assigned', subjectId: id, at, changes });
      return found;
    });
  }

  /** @throws NotFound */
  get(actor: Actor, id: string): Promise<ThreadMessageRow[]> {
    return this.read(this.db.manager, actor, id);
  }

  /**
   * Says what the last answer of a thread means, and lets that happen to its card.
   * @throws NotFound, Conflict `no_answer_yet`
   */
  classify(actor: Actor, id: string, found: ReplyClass): Promise<ThreadMessageRow[]> {
    return transact(this.db, async (tx) => {
      const answer = (await this.read(tx, actor, id)).findLast((message) => ANSWERS.includes(message.class ?? ''));
      if (!answer) throw new Conflict('no_answer_yet', 'Nobody has answered in this thread yet.');
      const { opportunityId } = answer;
      if (opportunityId !== null) await this.pipeline.record(tx, actor, { kind: 'reply_classified', opportunityId, class: found });
      if (found === 'unsubscribe_request') await this.suppress(tx, actor, answer.fromAddress);
      await classifyMessage(tx, actor.workspaceId, answer.id, found);
      const changes = { class: { from: answer.class, to: found } };
      await audit(tx, actor, { action: 'thread.classified', subjectId: id, at: this.clock.now(), details: { messageId: answer.id }, changes });
      return this.read(tx, actor, id);
    });
  }

  private async read(tx: Pick<EntityManager, 'query'>, actor: Actor, id: string): Promise<ThreadMessageRow[]> {
    const found = await readThread(tx, actor, id, MAX_MESSAGES);
    if (found.length === 0) throw new NotFound('thread');
    return found;
  }

  private async suppress(tx: EntityManager, actor: Actor, address: string): Promise<void> {
    const value = normaliseEmail(address);
    if (value !== undefined) await this.suppressions.add(tx, actor, { kind: 'address', value, reason: 'asked by mail', source: 'reply' });
  }
}
