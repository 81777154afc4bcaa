import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OPPORTUNITY } from '../../domain/machines/opportunity.js';
import { OpenWork } from '../workspaces/open-work.service.js';

/** Threads given to the member, by the newest mail of each that has a project; of a card that is closed nobody has to answer any more. */
const IN_HAND = `
  SELECT a.thread_id AS id, m.project_id AS "projectId", 'open' AS state, m.subject AS title FROM thread_assignees a
   CROSS JOIN LATERAL (SELECT project_id, opportunity_id, subject FROM messages WHERE workspace_id = $1 AND thread_id = a.thread_id
                        ORDER BY project_id IS NULL, id DESC LIMIT 1) m
    LEFT JOIN opportunities o ON o.workspace_id = $1 AND o.id = m.opportunity_id
   WHERE a.workspace_id = $1 AND a.member_id = $2 AND ($3::uuid[] IS NULL OR m.project_id = ANY ($3))
     AND (o.id IS NULL OR o.stage NOT IN (${OPPORTUNITY.terminal.map((stage) => `'${stage}'`).join(', ')}))`;

const GIVE = `
  WITH mine AS MATERIALIZED (
    SELECT thread_id FROM thread_assignees WHERE workspace_id = $1 AND member_id = $2 AND thread_id IN (SELECT id FROM (${IN_HAND}) AS work)
     ORDER BY thread_id FOR NO KEY UPDATE)
  UPDATE thread_assignees SET member_id = $4 WHERE workspace_id = $1 AND thread_id IN (SELECT thread_id FROM mine) RETURNING thread_id AS id`;

/** Threads that members answer by assignment; those of their own cards go with the cards. Notes stay with who wrote them. */
@Injectable()
export class ThreadsInHand implements OnModuleInit {
  constructor(private readonly work: OpenWork) {}

  onModuleInit(): void {
    this.work.register({ kind: 'threads', fate: 'moves', select: IN_HAND, move: GIVE });
  }
}
