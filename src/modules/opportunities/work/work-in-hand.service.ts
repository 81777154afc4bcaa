import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OPEN_ENROLLMENT_STATES } from '../../../domain/machines/enrollment.js';
import { OPPORTUNITY } from '../../../domain/machines/opportunity.js';
import { PITCH } from '../../../domain/machines/pitch.js';
import { OpenWork, type WorkKind } from '../../workspaces/open-work.service.js';

const list = (states: readonly string[]): string => states.map((state) => `'${state}'`).join(', ');

/** Closed cards keep their owner: reports ask who did it. */
const OWN_CARDS = `o.workspace_id = $1 AND o.owner_id = $2 AND ($3::uuid[] IS NULL OR o.project_id = ANY ($3)) AND o.stage NOT IN (${list(OPPORTUNITY.terminal)})`;
const OWN_TASKS = 'workspace_id = $1 AND assignee_id = $2 AND ($3::uuid[] IS NULL OR project_id = ANY ($3)) AND done_at IS NULL';

/** What belongs to a card has no owner of its own: it goes where the card goes. */
const underCards = (table: string, states: string): string => `
  SELECT x.id, o.project_id AS "projectId", x.state, p.domain AS title FROM ${table} x
    JOIN opportunities o ON o.workspace_id = x.workspace_id AND o.id = x.opportunity_id
    JOIN prospects p ON p.workspace_id = o.workspace_id AND p.id = o.prospect_id
   WHERE x.workspace_id = $1 AND ${states} AND ${OWN_CARDS}`;

/** Rows are locked in the order of their ids, as pipeline locks them. */
const KINDS: readonly WorkKind[] = [
  {
    kind: 'opportunities',
    fate: 'moves',
    select: `SELECT o.id, o.project_id AS "projectId", o.stage AS state, p.domain AS title FROM opportunities o
               JOIN prospects p ON p.workspace_id = o.workspace_id AND p.id = o.prospect_id WHERE ${OWN_CARDS}`,
    move: `WITH mine AS MATERIALIZED (SELECT o.id FROM opportunities o WHERE ${OWN_CARDS} ORDER BY o.id FOR NO KEY UPDATE)
           UPDATE opportunities SET owner_id = $4, version = version + 1 WHERE workspace_id = $1 AND id IN (SELECT id FROM mine) RETURNING id`,
  },
  {
    kind: 'tasks',
    fate: 'moves',
    select: `SELECT id, project_id AS "projectId", 'open' AS state, COALESCE(title, kind) AS title FROM tasks WHERE ${OWN_TASKS}`,
    move: `WITH mine AS MATERIALIZED (SELECT id FROM tasks WHERE ${OWN_TASKS} ORDER BY id FOR NO KEY UPDATE)
           UPDATE tasks SET assignee_id = $4, version = version + 1 WHERE workspace_id = $1 AND id IN (SELECT id FROM mine) RETURNING id`,
  },
  { kind: 'enrollments', fate: 'follows', select: underCards('enrollments', `x.state IN (${list(OPEN_ENROLLMENT_STATES)})`) },
  { kind: 'pitches', fate: 'follows', select: underCards('pitches', `x.state NOT IN (${list(PITCH.terminal)})`) },
];

/** Cards and tasks that members have in hand, with the sequences and pitches that hang on the cards. */
@Injectable()
export class WorkInHand implements OnModuleInit {
  constructor(private readonly work: OpenWork) {}

  onModuleInit(): void {
    this.work.register(...KINDS);
  }
}
