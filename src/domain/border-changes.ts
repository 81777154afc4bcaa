/**
 * What somebody may change whose projects are some:
 * - `inside`: what belongs to their projects, as the border's table says of each kind of thing
 * - `own`: what is theirs alone; the command looks for nothing else
 * - `all`: whatever their role lets them
 * - `unused_beyond`: those that no campaign of another project uses; new ones too
 * - `nothing`: 403 `outside_border`
 */
export const CHANGE_REACHES = ['inside', 'own', 'all', 'unused_beyond', 'nothing'] as const;
export type ChangeReach = (typeof CHANGE_REACHES)[number];

export interface ChangeRule {
  readonly reach: ChangeReach;
  readonly because: string;
}

const INSIDE: ChangeRule = { reach: 'inside', because: 'it belongs to a project' };
const PEOPLE: ChangeRule = { reach: 'nothing', because: 'who sees some projects does not manage people: they could widen a border from inside' };
const WORKSPACE: ChangeRule = { reach: 'nothing', because: 'it holds for everybody in the workspace' };
const CATALOGUE: ChangeRule = { reach: 'all', because: 'sites and people are one catalogue, which the whole team keeps' };
const TOOLS: ChangeRule = { reach: 'unused_beyond', because: 'they serve all projects: a change would alter the mail of others' };
const ENDPOINTS: ChangeRule = { reach: 'own', because: 'only endpoints that are sent nothing but events of their projects are there for them' };

/** By the first word of an address below /api/v1, for every call that is not a GET. */
export const BORDER_CHANGES = {
  projects: { reach: 'inside', because: 'it belongs to a project; a new one is made by who sees all of them' },
  campaigns: INSIDE,
  opportunities: INSIDE,
  enrollments: INSIDE,
  messages: INSIDE,
  pitches: INSIDE,
  backlinks: INSIDE,
  tasks: INSIDE,
  notes: INSIDE,
  threads: INSIDE,
  suppressions: { reach: 'inside', because: 'a stop for all projects may be set by everyone, and taken back by who sees all of them' },
  prospects: CATALOGUE,
  contacts: CATALOGUE,
  templates: TOOLS,
  sequences: TOOLS,
  auth: { reach: 'own', because: 'it is about their own login' },
  jobs: { reach: 'own', because: 'it is the work that they asked for' },
  'api-keys': { reach: 'own', because: 'only keys of their own are there for them, and none reaches further than its maker' },
  'webhook-endpoints': ENDPOINTS,
  'webhook-deliveries': ENDPOINTS,
  mailboxes: { reach: 'nothing', because: 'a mailbox sends and receives the mail of all projects' },
  members: PEOPLE,
  invitations: PEOPLE,
  workspace: WORKSPACE,
  workspaces: { reach: 'nothing', because: 'another workspace lies beyond every border' },
  sandbox: { reach: 'nothing', because: 'it moves the time of everybody' },
} as const satisfies Record<string, ChangeRule>;

const RULES: ReadonlyMap<string, ChangeRule> = new Map(Object.entries(BORDER_CHANGES));

/** @param path  below /api/v1. @returns undefined for a first word that the table does not know: nothing may be changed there */
export function changeRuleOf(path: string): ChangeRule | undefined {
  return RULES.get(path.split('/')[1] ?? '');
}

/** Whether a call may meet the border: 403 `outside_border` for some who have the permission. */
export function meetsBorder(method: string, path: string): boolean {
  const reach = changeRuleOf(path)?.reach ?? 'nothing';
  return changes(method) && (reach === 'nothing' || (reach === 'unused_beyond' && altersTool(method)));
}

export function changes(method: string): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(method.toUpperCase());
}

/** A tool that is there; POST makes one, or only looks at it. */
export function altersTool(method: string): boolean {
  return ['PATCH', 'DELETE'].includes(method.toUpperCase());
}
