import { isISO31661Alpha2 } from 'class-validator';
import type { Ajv2020 as Ajv, ValidateFunction } from 'ajv/dist/2020.js';
import { createRequire } from 'node:module';
import { isTimeZone } from '../../../src/domain/zoned-time.js';
import type { Contract, JsonSchema } from '../../../src/platform/http/contract/shapes.js';

const require = createRequire(import.meta.url); // both are CommonJS, and Jest's ES modules find no names in them
const { Ajv2020 } = require('ajv/dist/2020.js') as { Ajv2020: typeof Ajv };
const addFormats = (require('ajv-formats') as { default: (ajv: Ajv) => void }).default;

const DOCUMENT = 'contract';

/**
 * The schemas of a contract, ready to hold values against. Each is compiled when it is first asked for.
 * @param closed  whether a field that the contract does not name is wrong
 */
export class JsonSchemas {
  private readonly ajv: Ajv;
  private readonly compiled = new Map<JsonSchema, ValidateFunction>();

  constructor({ components }: Pick<Contract, 'components'>, { closed }: { readonly closed: boolean }) {
    this.ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addFormat('uri', (text: string) => URL.canParse(text));
    this.ajv.addFormat('email', /^[^\s@]+@[^\s@]+$/u);
    this.ajv.addFormat('iana-time-zone', isTimeZone);
    this.ajv.addFormat('iso-3166-1-alpha-2', isISO31661Alpha2);
    this.ajv.addSchema({ $id: DOCUMENT, components: { schemas: absolute(closed ? close(components.schemas) : components.schemas) } });
  }

  /** What is wrong with a value; empty when nothing is. */
  faults(schema: JsonSchema, value: unknown): string[] {
    const validate = this.compile(schema);
    if (validate(value)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message = 'is wrong', params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
  }

  private compile(schema: JsonSchema): ValidateFunction {
    const known = this.compiled.get(schema);
    if (known) return known;
    const made = this.ajv.compile(absolute(schema) as object);
    this.compiled.set(schema, made);
    return made;
  }
}

/** A schema compiled by itself does not know the document that its references begin in. */
function absolute(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(absolute);
  if (typeof part !== 'object' || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, name === '$ref' && typeof value === 'string' ? `${DOCUMENT}${value}` : absolute(value)]),
  );
}

/** Problems bring facts of their code along; everything else has the fields that it names. */
const OPEN: ReadonlySet<string> = new Set(['Problem', 'ProblemError']);

function close(schemas: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const open = OPEN.has(name) || schema.properties === undefined || schema.additionalProperties !== undefined;
      return [name, open ? schema : { ...schema, additionalProperties: false }];
    }),
  );
}
