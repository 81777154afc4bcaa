import { MACHINES } from './machines/all-machines.js';
import type { MachineName } from './machines/machine.js';

/** A JSON Schema (2020-12) as a plain object. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How `data.object`, and `data.previous` where there is one, of an event look. */
export interface EventShape {
  readonly object: JsonSchema;
  readonly objectExample: Readonly<Record<string, unknown>>;
  readonly previous?: JsonSchema;
  readonly previousExample?: Readonly<Record<string, unknown>>;
  /** In a project, always or as the case may be; else of the whole workspace. */
  readonly placed: boolean;
}

export const UUID_SCHEMA: JsonSchema = { type: 'string', format: 'uuid' };
const URL_SCHEMA: JsonSchema = { type: 'string', maxLength: 2048 };
const WORD_SCHEMA: JsonSchema = { type: 'string', maxLength: 500 };

/** An id for examples, told apart by its end. */
export const exampleId = (end: number): string => `019a0000-0000-7000-8000-${String(end).padStart(12, '0')}`;

const OBJECT_ID = exampleId(1);

const record = (properties: JsonSchema, required: readonly string[]): JsonSchema => ({ type: 'object', required, properties });

/** Where a machine's thing belongs, and what else its events show of it. */
const SHOWN: Readonly<Record<MachineName, { readonly required: readonly string[]; readonly optional: readonly string[] }>> = {
  opportunity: { required: ['prospectId'], optional: [] },
  enrollment: { required: ['opportunityId', 'contactId'], optional: [] },
  message: { required: [], optional: ['contactId', 'opportunityId', 'enrollmentId', 'pitchId'] },
  pitch: { required: ['opportunityId'], optional: [] },
  backlink: { required: ['sourceUrl', 'targetUrl'], optional: ['opportunityId', 'pitchId'] },
};

const EXAMPLES: Readonly<Record<string, string>> = {
  prospectId: exampleId(2),
  contactId: exampleId(3),
  opportunityId: exampleId(4),
  enrollmentId: exampleId(5),
  pitchId: exampleId(6),
  messageId: exampleId(7),
  mailboxId: exampleId(8),
  suppressionId: exampleId(9),
  sourceUrl: 'https://tea-blog.example/kettles',
  targetUrl: 'https://shop.example/guides/kettles',
};

const schemaOf = (name: string): JsonSchema => (name.endsWith('Url') ? URL_SCHEMA : UUID_SCHEMA);
const schemasOf = (names: readonly string[]): JsonSchema => Object.fromEntries(names.map((name) => [name, schemaOf(name)]));
const examplesOf = (names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, EXAMPLES[name] ?? exampleId(99)]));

/** A machine took a step. @param from  null where the thing was made by it */
export function step(machine: MachineName, from: string | null, to: string): EventShape {
  const field = machine === 'opportunity' ? 'stage' : 'state';
  const state: JsonSchema = { enum: MACHINES[machine].states };
  const { required, optional } = SHOWN[machine];
  return {
    object: record({ type: { const: machine }, id: UUID_SCHEMA, ...schemasOf([...required, ...optional]), [field]: state }, [
      ...['type', 'id', field],
      ...required,
    ]),
    objectExample: { type: machine, id: OBJECT_ID, ...examplesOf(required), [field]: to },
    previous: record({ [field]: state }, [field]),
    ...(from !== null && { previousExample: { [field]: from } }),
    placed: true,
  };
}

/** Something happened to a thing, which may have moved nothing. The first of `types` is the one of the example. */
export function fact(types: readonly [string, ...string[]], ids: readonly string[], more: Readonly<Record<string, JsonSchema>> = {}): EventShape {
  const words = Object.fromEntries(Object.entries(more).map(([name, schema]) => [name, Array.isArray(schema['enum']) ? schema['enum'][0] : 'text']));
  return {
    object: record({ type: { enum: types }, id: UUID_SCHEMA, ...schemasOf(ids), ...more }, ['type', 'id']),
    objectExample: { type: types[0], id: OBJECT_ID, ...examplesOf(ids), ...words },
    placed: true,
  };
}

/** A thing that has a state of few words, with what it was before. */
export function turned(
  type: string,
  { from, to }: { readonly from?: string; readonly to: string },
  more: EventShape['objectExample'] = {},
): EventShape {
  const extra = Object.fromEntries(Object.keys(more).map((name) => [name, name.endsWith('Id') ? UUID_SCHEMA : WORD_SCHEMA]));
  return {
    object: record({ type: { const: type }, id: UUID_SCHEMA, state: { const: to }, ...extra }, ['type', 'id', 'state']),
    objectExample: { type, id: OBJECT_ID, state: to, ...more },
    ...(from !== undefined && { previous: record({ state: { const: from } }, ['state']), previousExample: { state: from } }),
    placed: type === 'campaign',
  };
}

/** A thing is there, or is due; the rest is read from the API. */
export function thing(type: string, more: Readonly<Record<string, JsonSchema>> = {}, example: EventShape['objectExample'] = {}): EventShape {
  return {
    object: record({ type: { const: type }, id: UUID_SCHEMA, ...more }, ['type', 'id', ...Object.keys(more)]),
    objectExample: { type, id: OBJECT_ID, ...example },
    placed: type === 'payment' || type === 'task',
  };
}

/** The same with members that only some events of the kind have. */
export function withOptional(shape: EventShape, more: Readonly<Record<string, JsonSchema>>, example: EventShape['objectExample']): EventShape {
  const { properties, ...object } = shape.object;
  return {
    ...shape,
    object: { ...object, properties: { ...(properties as JsonSchema), ...more } }, // of `record`, which always has some
    objectExample: { ...shape.objectExample, ...example },
  };
}
