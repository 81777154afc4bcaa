import type { ApiResponse, Contract, Operation } from '../../../src/platform/http/contract/shapes.js';
import { JsonSchemas } from './json-schemas.js';

/** One answer as it left the server. */
export interface Answer {
  readonly method: string;
  /** As the contract writes it: `/api/v1/prospects/{id}`. */
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Undefined when it was streamed. */
  readonly body: string | undefined;
}

/** Holds answers against the contract. */
export class AnswerCheck {
  private readonly schemas: JsonSchemas;

  constructor(private readonly contract: Contract) {
    this.schemas = new JsonSchemas(contract, { closed: true });
  }

  /** What the contract does not tell of this answer, in words; undefined when all is as it says. */
  offence(answer: Answer): string | undefined {
    const operation = this.operation(answer);
    if (!operation) return /^\/(?:api|r|u)\//.test(answer.path) ? `${nameOf(answer)} is not in openapi.json. Run "npm run openapi".` : undefined;
    const documented = operation.responses[answer.status];
    if (!documented) return `${nameOf(answer)} is a status that openapi.json does not know for it. The answer: ${shown(answer)}`;
    const faults = this.faults(answer, this.resolve(documented));
    return faults.length === 0
      ? undefined
      : `${nameOf(answer)} is not what openapi.json says:\n  ${faults.join('\n  ')}\nThe answer: ${shown(answer)}`;
  }

  private operation({ method, path }: Answer): Operation | undefined {
    return this.contract.paths[path]?.[method.toLowerCase() as 'get'];
  }

  private resolve(response: ApiResponse): ApiResponse {
    const name = response.$ref?.split('/').at(-1);
    return (name === undefined ? undefined : this.contract.components.responses?.[name]) ?? response;
  }

  private faults({ headers, body }: Answer, { content, headers: documented = {} }: ApiResponse): string[] {
    const wrong = [
      ...Object.entries(documented).flatMap(([name, { $ref = '' }]) => this.headerFaults({ name, $ref }, headers[name.toLowerCase()], body)),
      ...Object.keys(this.contract.components.headers ?? {})
        .filter((name) => documented[name] === undefined && headers[name.toLowerCase()] !== undefined)
        .map((name) => `the header ${name} is not told of`),
    ];
    return body === undefined ? wrong : [...wrong, ...this.bodyFaults(textIn(headers, 'content-type'), body, content)];
  }

  private headerFaults({ name, $ref }: { name: string; $ref: string }, value: unknown, body: string | undefined): string[] {
    const { required, schema } = this.contract.components.headers?.[$ref.split('/').at(-1) ?? ''] ?? {};
    if (value === undefined) return required === true && (name !== 'ETag' || body?.includes('"version"')) ? [`the header ${name} is missing`] : [];
    const given = schema?.type === 'integer' ? Number(value) : value;
    return schema ? this.schemas.faults(schema, given).map((fault) => `the header ${name}: ${fault}`) : [];
  }

  private bodyFaults(contentType: string, body: string, content: ApiResponse['content']): string[] {
    if (!content || Object.keys(content).length === 0) return body === '' ? [] : ['there is a body, where the contract has none'];
    const type = contentType.split(';')[0]?.trim() ?? '';
    const media = content[type];
    if (!media) return [`the body is ${type || 'of no type'}, not ${Object.keys(content).join(' or ')}`];
    if (!/\bjson$/.test(type) || !media.schema) return [];
    return this.schemas.faults(media.schema, JSON.parse(body)).map(inWords(body));
  }
}

/** A code that is not on the list is by far the most common fault, and worth its own sentence. */
function inWords(body: string): (fault: string) => string {
  return (fault) => {
    if (!fault.startsWith('/code must be equal to one of')) return fault;
    const { code } = JSON.parse(body) as { code: string };
    return `the problem code ${code} is not among those of the route: name it in @Problems(…) of its handler, and run "npm run openapi"`;
  };
}

function textIn(headers: Answer['headers'], name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}

function nameOf({ method, path, status }: Answer): string {
  return `${method} ${path} → ${status}`;
}

function shown({ body }: Answer): string {
  return (body ?? '(streamed)').slice(0, 600);
}
