import { exampleId, fact, step, thing, turned, UUID_SCHEMA, withOptional, type EventShape, type JsonSchema } from './event-shapes.js';
import { LINK_FIELDS } from './link-changes.js';
import { EVENT_TYPES, type EventType } from './pipeline-announcements.js';
import { REPLY_CLASSES } from './pipeline-events.js';

const OBJECT_ID = exampleId(1);
const DOMAIN: JsonSchema = { type: 'string', maxLength: 253 };
const NAME: JsonSchema = { type: 'string', maxLength: 60 };

const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
const GUARDRAIL: Readonly<Record<string, JsonSchema>> = {
  code: { enum: ['bounces', 'complaints'] },
  numbers: { type: 'object', required: ['sent', 'bounced', 'complained'], properties: { sent: COUNT, bounced: COUNT, complained: COUNT } },
};

const SHOWN_TEXT: JsonSchema = { type: ['string', 'null'], maxLength: 500 };
const CHANGES: JsonSchema = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    required: ['field', 'before', 'after'],
    properties: { field: { enum: LINK_FIELDS }, before: SHOWN_TEXT, after: SHOWN_TEXT },
  },
};

export interface CataloguedEvent extends EventShape {
  /** What it means, in the words of the docs and of GET /event-types. */
  readonly description: string;
  /** Members of `data` beside the object. */
  readonly data?: Readonly<Record<string, JsonSchema>>;
  readonly dataExample?: Readonly<Record<string, unknown>>;
}

/** Every public event: what it means and how its envelope looks. Members may be added to a shape, never taken away (standards 98). */
export const EVENT_CATALOGUE: Readonly<Record<EventType, CataloguedEvent>> = {
  'prospect.created': { description: 'A site was added.', ...thing('prospect', { domain: DOMAIN }, { domain: 'tea-blog.example' }) },
  'prospect.merged': { description: 'Two sites became one.', ...thing('prospect') },
  'contact.suppressed': {
    description: 'A contact is not to be mailed any more.',
    ...fact(['contact', 'suppression'], ['contactId', 'suppressionId'], { kind: { enum: ['address', 'domain'] }, source: NAME }),
  },
  'contact.erased': { description: 'A contact’s personal data was erased.', ...fact(['contact'], ['contactId']) },
  'opportunity.stage_changed': { description: 'A card moved on the board.', ...step('opportunity', 'contacting', 'engaged') },
  'message.sent': { description: 'A mail was accepted by the mail server.', ...step('message', 'transmitting', 'sent') },
  'message.failed': { description: 'A mail was refused for good.', ...step('message', 'transmitting', 'failed') },
  'message.delivery_unknown': {
    description: 'A mail may or may not have gone out; a person decides.',
    ...step('message', 'transmitting', 'delivery_unknown'),
  },
  'message.bounced': { description: 'A mail came back.', ...fact(['message'], ['messageId']) },
  'message.complained': { description: 'A recipient called a mail spam.', ...fact(['message', 'contact'], ['messageId', 'contactId']) },
  'reply.received': { description: 'A person answered.', ...fact(['message', 'contact'], ['messageId', 'contactId']) },
  'reply.classified': {
    description: 'An answer was understood: interested, asks a fee, declined …',
    ...fact(['opportunity'], ['opportunityId'], { class: { enum: REPLY_CLASSES } }),
  },
  'enrollment.stopped': { description: 'A sequence ended before its last step.', ...step('enrollment', 'active', 'replied') },
  'pitch.state_changed': { description: 'A guest-post pitch took a step.', ...step('pitch', 'draft', 'pitched') },
  'pitch.accepted': { description: 'An editor accepted a pitch.', ...step('pitch', 'pitched', 'accepted') },
  'pitch.overdue': { description: 'An answer, a draft or a publication is late.', ...fact(['pitch'], ['pitchId']) },
  'pitch.published': { description: 'A guest post is live and its link verified.', ...step('pitch', 'published_reported', 'published_verified') },
  'backlink.reported': { description: 'Somebody says that a link is live.', ...step('backlink', null, 'reported') },
  'backlink.live': { description: 'A link was seen live for the first time.', ...step('backlink', 'verifying', 'live') },
  'backlink.degraded': { description: 'A link is there, but not as agreed.', ...step('backlink', 'live', 'degraded') },
  'backlink.changed': {
    description: 'Two checks agree that a link looks different than before, whether the agreement minds or not.',
    ...step('backlink', 'live', 'degraded'),
    data: { changes: CHANGES },
    dataExample: { changes: [{ field: 'rel', before: '', after: 'nofollow' }] },
  },
  'backlink.suspect': {
    description: 'A check missed a live link; more checks follow. Only for those who name it.',
    ...step('backlink', 'live', 'suspect'),
  },
  'backlink.lost': { description: 'A link is gone, confirmed by several checks.', ...step('backlink', 'suspect', 'lost') },
  'backlink.recovered': { description: 'A lost link is back.', ...step('backlink', 'lost', 'live') },
  'backlink.expired': { description: 'The agreed time of a link ended.', ...step('backlink', 'live', 'closed') },
  'backlink.needs_review': { description: 'A page cannot be judged by a machine; a person looks.', ...step('backlink', 'verifying', 'needs_review') },
  'campaign.paused': {
    description: 'A campaign was stopped for now: by a person, or by a guardrail, which then says why in numbers.',
    ...withOptional(turned('campaign', { from: 'running', to: 'paused' }), GUARDRAIL, {
      ...{ code: 'bounces', numbers: { sent: 60, bounced: 5, complained: 0 } },
    }),
  },
  'campaign.finished': { description: 'A campaign has nothing more to send.', ...turned('campaign', { from: 'running', to: 'finished' }) },
  'import.finished': { description: 'An import ended.', ...thing('import') },
  'payment.due': { description: 'A fee is to be paid.', ...thing('payment') },
  'task.due': { description: 'A task waits for a person.', ...thing('task') },
  'webhook_endpoint.disabled': {
    description: 'A webhook endpoint was turned off.',
    ...turned('webhook_endpoint', { to: 'disabled' }, { reason: 'answered 410 Gone' }),
  },
  'mailbox.disconnected': {
    description: 'A mailbox refuses our login.',
    ...turned('mailbox', { from: 'connected', to: 'needs_reconnect' }, { mailboxId: OBJECT_ID }),
  },
  'mailbox.alarmed': {
    description: 'A server blocks the sender: the mailbox waits until a person has looked.',
    ...thing('mailbox', { mailboxId: UUID_SCHEMA, code: { type: 'string', maxLength: 20 } }, { mailboxId: OBJECT_ID, code: '5.7.1' }),
  },
};

/** What `POST /webhook-endpoints/{id}/test` sends: nothing that happened, so it stands in no list of events. */
export const TEST_EVENT = 'webhook_endpoint.test';

const MADE_UP: CataloguedEvent = {
  description: 'A made-up event, sent to try a receiver.',
  ...thing('webhook_endpoint'),
};

/** All that a receiver of webhooks may get. */
export const SENT_TYPES = [...EVENT_TYPES, TEST_EVENT] as const;
export type SentType = (typeof SENT_TYPES)[number];

export function catalogued(type: SentType): CataloguedEvent {
  return type === TEST_EVENT ? MADE_UP : EVENT_CATALOGUE[type];
}

/** Raised when an event's shape changes so that a receiver could break on it. */
export const EVENT_VERSION = 1;

/** The envelope of one event as JSON Schema. Receivers leave alone the members that they do not know. */
export function envelopeSchema(type: SentType): JsonSchema {
  const { object, previous, description, data: more } = catalogued(type);
  const data = {
    object,
    ...(previous && { previous }),
    ...more,
    projectId: UUID_SCHEMA,
    opportunityId: UUID_SCHEMA,
    externalRef: { type: 'string', maxLength: 200 },
    truncated: { const: true, description: 'It was too large: only ids are left, read the rest from the API.' },
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: type,
    description,
    type: 'object',
    required: ['id', 'type', 'timestamp', 'workspaceId', 'data'],
    properties: {
      id: { type: 'string', pattern: '^evt_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' },
      type: { const: type },
      timestamp: { type: 'string', format: 'date-time' },
      workspaceId: UUID_SCHEMA,
      data: {
        type: 'object',
        required: ['object'],
        properties: data,
      },
    },
  };
}

export function envelopeExample(type: SentType): Readonly<Record<string, unknown>> {
  const { objectExample, previousExample, dataExample, placed } = catalogued(type);
  return {
    id: `evt_${exampleId(0)}`,
    type,
    timestamp: '2026-11-02T10:00:00.000Z',
    workspaceId: exampleId(10),
    data: {
      object: objectExample,
      ...(previousExample && { previous: previousExample }),
      ...dataExample,
      ...(placed && { projectId: exampleId(11) }),
    },
  };
}
