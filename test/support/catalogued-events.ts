import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { DataSource } from 'typeorm';
import { envelopeSchema } from '../../src/domain/event-catalogue.js';
import { EVENT_TYPES, type EventType } from '../../src/domain/pipeline-announcements.js';
import { envelopeOf } from '../../src/platform/events/envelope.js';

/** Our own events must hold nothing that the catalogue does not name, though receivers let it pass: every object is closed. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  return 'properties' in inner ? { ...inner, additionalProperties: false } : inner;
}

const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
addFormats.default(ajv);
const validators = new Map<string, ValidateFunction>(EVENT_TYPES.map((type) => [type, ajv.compile(closed(envelopeSchema(type)) as object)]));

/** What is wrong with an envelope, in a line each. */
export function faultsOf(envelope: { readonly type: string }): string[] {
  const validate = validators.get(envelope.type);
  if (!validate) return [`${envelope.type} is not in the catalogue`];
  const good: boolean = validate(envelope);
  if (good) return [];
  return (validate.errors ?? []).map((error) => `${envelope.type} ${error.instancePath}: ${error.message} ${JSON.stringify(error.params)}`);
}

interface EventRow {
  readonly id: string;
  readonly workspaceId: string;
  readonly type: EventType;
  readonly at: Date;
  readonly data: Record<string, unknown>;
}

/** Of all events in this database: which types there are, and where one is not as GET /event-types says. */
export async function auditEvents(db: Pick<DataSource, 'query'>): Promise<{ types: string[]; faults: string[] }> {
  const events: EventRow[] = await db.query(
    '/* all-workspaces: all that a spec has written */ SELECT id, workspace_id AS "workspaceId", type, at, data FROM events ORDER BY tx, id',
  );
  const faults = events.flatMap((event) => faultsOf(envelopeOf(event)));
  return { types: [...new Set(events.map(({ type }) => type))].sort(), faults: [...new Set(faults)] };
}

/** For the end of a spec whose flows write events: fails when one is not as the catalogue says. */
export async function expectCatalogued(db: Pick<DataSource, 'query'>): Promise<void> {
  expect((await auditEvents(db)).faults).toEqual([]);
}
