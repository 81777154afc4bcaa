import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { MessageFact } from '../../domain/machines/message.js';
import { Clock } from '../../platform/clock.js';
import { rows } from '../../platform/database/sql.js';
import { Message } from './message.entity.js';

/** An incoming mail as a row beside the outgoing ones. */
export type ReceivedMail = Pick<
  Message,
  | 'id'
  | 'mailboxId'
  | 'threadId'
  | 'projectId'
  | 'campaignId'
  | 'opportunityId'
  | 'prospectId'
  | 'contactId'
  | 'enrollmentId'
  | 'pitchId'
  | 'rfcMessageId'
  | 'inReplyTo'
  | 'referenceIds'
  | 'fromAddress'
  | 'toAddress'
  | 'subject'
  | 'text'
  | 'html'
  | 'class'
  | 'matchMethod'
  | 'answersId'
  | 'rawId'
>;

/** Mail that came in. It has no machine: it is `received` and stays so (state-model 4). */
@Injectable()
export class ReceivedMails {
  constructor(private readonly clock: Clock) {}

  async store(tx: EntityManager, workspaceId: string, mail: ReceivedMail): Promise<void> {
    const at = this.clock.now();
    await tx
      .createQueryBuilder()
      .insert()
      .into(Message)
      .values({
        ...{ ...mail, workspaceId, version: 1, direction: 'in', source: 'mailbox', commercial: false },
        ...{ state: 'received', stateChangedAt: at, createdAt: at },
      })
      .updateEntity(false)
      .execute();
  }

  /** Notes what a report says of a message of ours, where nothing has to move for it. The same `eventId` counts once. */
  async note(
    tx: EntityManager,
    workspaceId: string,
    report: { readonly messageId: string; readonly fact: MessageFact; readonly eventId: string },
  ): Promise<void> {
    await rows(tx, `INSERT INTO message_facts (workspace_id, message_id, fact, event_id, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`, [
      ...[workspaceId, report.messageId, report.fact],
      ...[report.eventId, this.clock.now()],
    ]);
  }
}
