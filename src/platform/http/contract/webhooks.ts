import { catalogued, envelopeExample, envelopeSchema, SENT_TYPES, type SentType } from '../../../domain/event-catalogue.js';
import type { Contract, JsonSchema, Operation, Parameter } from './shapes.js';

/** What a post carries, as Standard Webhooks says. */
const HEADERS: Readonly<Record<string, Parameter>> = {
  'webhook-id': header('webhook-id', 'The id of the event, the same on every try: leave alone what you have had.', {
    pattern: '^evt_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
  }),
  'webhook-timestamp': header('webhook-timestamp', 'Seconds since 1970 of this try. Refuse what is more than five minutes off.', {
    pattern: String.raw`^\d+$`,
  }),
  'webhook-signature': header(
    'webhook-signature',
    '`v1,` and base64 of HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, with the key behind `whsec_`; two of them, with a space between, while a secret is rotated.',
    { pattern: String.raw`^v1,[A-Za-z0-9+/]+={0,2}( v1,[A-Za-z0-9+/]+={0,2})*$` },
  ),
};

/** What a receiver may answer, and what it brings about. */
const RESPONSES: Operation['responses'] = {
  '2XX': { description: 'Taken. Answer within 20 seconds, and work afterwards.' },
  '3XX': { description: 'A failure: redirects are not followed.' },
  '410': { description: 'Nobody wants this any more: the endpoint is turned off at once.' },
  '429': {
    description:
      'Too much: the whole endpoint is left alone for as long as `Retry-After` says, a day at most; else for half a minute. So with 502 and 504.',
  },
  default: { description: 'Anything else, or nothing in 20 seconds: tried again, ten times over three days. A later `Retry-After` is obeyed.' },
};

/** The posts that receivers get, one kind for each event: from the catalogue that `GET /event-types` shows. */
export function describeWebhooks(contract: Contract): void {
  contract.components.parameters = { ...contract.components.parameters, ...HEADERS };
  contract.webhooks = Object.fromEntries(SENT_TYPES.map((type) => [type, { post: postOf(type) }]));
}

function postOf(type: SentType): Operation {
  const schema: Record<string, unknown> = { ...envelopeSchema(type) };
  delete schema['$schema']; // the document says it for all
  return {
    operationId: `on${pascal(type)}`,
    summary: catalogued(type).description,
    tags: ['webhooks'],
    security: [], // the signature says who sends
    parameters: Object.keys(HEADERS).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: { required: true, content: { 'application/json': { schema, example: envelopeExample(type) } } },
    responses: RESPONSES,
  };
}

function header(name: string, description: string, schema: JsonSchema): Parameter {
  return { name, in: 'header', required: true, description, schema: { type: 'string', ...schema } };
}

function pascal(type: string): string {
  return type.replaceAll(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase());
}
