import fc from 'fast-check';
import { type Contract, type JsonSchema, type Route, routesIn } from '../../../src/platform/http/contract/shapes.js';
import { PROBLEM_TYPE } from '../../../src/platform/http/problems/problem.js';
import { AnswerCheck } from './answer-check.js';
import type { IdPool } from './id-pool.js';
import { JsonSchemas } from './json-schemas.js';
import { requestsFor, type Sketch } from './requests.js';

export interface Exploration {
  readonly contract: Contract;
  readonly url: string;
  /** Headers that say who calls. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly pool: IdPool;
  /** Requests for each route. */
  readonly runs: number;
  /** Operations whose rules for a right request are more than a contract can say. */
  readonly unsayable?: ReadonlySet<string>;
  /** The same seed asks the same things. */
  readonly seed: number;
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Answers of these say that a request was refused for how it is written. */
const ILL_FORMED = [400, 413, 415, 428];

/**
 * Asks a server everything its contract allows and much that it does not, and tells where an answer is not as promised: a fault of the
 * server (5xx), an answer the contract does not tell of, a wrong request taken, a right one refused as ill-formed.
 */
export class Explorer {
  /** Routes that have answered with success, as `POST /api/v1/projects`. */
  readonly succeeded = new Set<string>();
  private readonly answers: AnswerCheck;
  private readonly schemas: JsonSchemas;

  constructor(private readonly given: Exploration) {
    this.answers = new AnswerCheck(given.contract);
    this.schemas = new JsonSchemas(given.contract, { closed: false });
  }

  /** What is wrong, one text a route at most; each names the smallest request that shows it. */
  async explore(routes: readonly Route[] = inGoodOrder(this.given.contract)): Promise<string[]> {
    const findings: string[] = [];
    for (const route of routes) {
      const finding = await this.exploreRoute(route);
      if (finding !== undefined) findings.push(finding);
    }
    return findings;
  }

  private async exploreRoute(route: Route): Promise<string | undefined> {
    const { contract, seed, runs } = this.given;
    const property = fc.asyncProperty(requestsFor(contract, route), async (sketch) => {
      const fault = await this.judge(route, sketch);
      if (fault !== undefined) throw new Error(fault);
    });
    const result = await fc.check(property, { seed, numRuns: runs, interruptAfterTimeLimit: 20_000 });
    if (!result.failed) return undefined;
    return result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  }

  private async judge(route: Route, sketch: Sketch): Promise<string | undefined> {
    const [body, query] = [this.given.pool.fill(sketch.body), this.given.pool.fill(sketch.query)];
    const path = fillPath(route.path, this.given.pool.fill(sketch.path), sketch.spoilt === 'path');
    const reply = await this.send(route, { ...sketch, body, query }, path);
    this.learn(route, reply);
    const fault = this.faultOf(route, { ...sketch, body, query }, reply);
    if (fault === undefined) return undefined;
    const asked = `${route.method.toUpperCase()} ${path} ${JSON.stringify(query)} ${JSON.stringify(sketch.headers)} ${body === undefined ? '' : shortened(JSON.stringify(body))}`;
    return `${fault}\n  asked (${sketch.spoilt} spoilt): ${asked}\n  answered: ${reply.status} ${shortened(reply.body)}`;
  }

  private faultOf(route: Route, sketch: Sketch, reply: Reply): string | undefined {
    const method = route.method.toUpperCase();
    if (reply.status >= 500) return `${method} ${route.path} broke`;
    // a garbled path may lead to no route at all, or to another one
    const unknown = sketch.spoilt === 'path' ? undefined : this.answers.offence({ ...reply, method, path: route.path });
    const wrong = unknown === undefined ? this.misjudged(route, sketch, reply) : undefined;
    return wrong === undefined ? unknown : `${method} ${route.path} ${wrong}`;
  }

  /** Whether it was right to take the request, or to refuse it. */
  private misjudged(route: Route, { spoilt, body }: Sketch, { status, headers }: Reply): string | undefined {
    if (status >= 400 && !tellsWhy(route, status, headers)) return 'refused without a problem';
    if (spoilt === 'credentials' && status !== 401) return 'does not ask who calls';
    if (spoilt === 'body' && status < 400 && !this.fits(route, body)) return 'takes what the contract forbids';
    const sayable = this.given.unsayable?.has(route.operation.operationId) !== true;
    return spoilt === 'nothing' && sayable && ILL_FORMED.includes(status) ? 'refuses what the contract allows' : undefined;
  }

  private fits({ operation }: Route, body: unknown): boolean {
    if (body === undefined) return operation.requestBody?.required !== true;
    const schema: JsonSchema = operation.requestBody?.content['application/json']?.schema ?? {};
    return this.schemas.faults(schema, body).length === 0;
  }

  private async send({ method }: Route, sketch: Sketch, path: string): Promise<Reply> {
    const { body, contentType, headers, query } = sketch;
    const search = query.map(([name, value]) => `${encodeURIComponent(wellFormed(name))}=${encodeURIComponent(wellFormed(value))}`).join('&');
    const bytes =
      method === 'get' || body === undefined ? undefined : typeof body === 'string' && contentType !== 'application/json' ? body : toBytes(sketch);
    const response = await fetch(`${this.given.url}${path}${search && `?${search}`}`, {
      method: method.toUpperCase(),
      redirect: 'manual',
      headers: {
        ...this.given.credentials,
        ...(bytes !== undefined && contentType !== undefined && { 'content-type': contentType }),
        ...headers,
      },
      ...(bytes !== undefined && { body: bytes }),
    });
    return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
  }

  private learn({ method, path }: Route, { status, headers, body }: Reply): void {
    if (status >= 300) return;
    this.succeeded.add(`${method.toUpperCase()} ${path}`);
    if (headers['content-type']?.startsWith('application/json')) this.given.pool.harvest(path, JSON.parse(body));
  }
}

/** Spoilt bytes are sent as they are; everything else as JSON. */
function toBytes({ spoilt, body }: Sketch): string {
  return spoilt === 'bytes' && typeof body === 'string' ? body : JSON.stringify(body);
}

/** A spoilt path may hold what nobody encoded. */
function fillPath(template: string, values: Readonly<Record<string, unknown>>, spoilt: boolean): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(values[name]);
    return spoilt && (value.includes('%') || value === '..') ? value : encodeURIComponent(value);
  });
}

function wellFormed(text: string): string {
  return text.replaceAll(/\p{Cs}/gu, '\uFFFD');
}

function shortened(text: string): string {
  return text.length > 700 ? `${text.slice(0, 700)}… (${text.length} characters)` : text;
}

/** What makes things before what needs them, what takes them away last. Answers without an end are left out. */
export function inGoodOrder(contract: Contract): Route[] {
  const rank = ({ method, path }: Route): number => {
    if (path.includes('/sandbox/')) return 5; // moves the clock of all that follows
    if (method === 'delete' || path.endsWith('/logout')) return 4;
    if (method === 'post') return path.includes('{') ? 2 : 0;
    return method === 'get' ? 1 : 3;
  };
  return routesIn(contract)
    .filter(({ operation }) => operation.responses['200']?.content?.['text/event-stream'] === undefined)
    .toSorted((a, b) => rank(a) - rank(b));
}

/** As a problem; people outside are told in HTML, where the contract says so. */
function tellsWhy({ operation }: Route, status: number, { 'content-type': type = '' }: Reply['headers']): boolean {
  return type === PROBLEM_TYPE || (type.startsWith('text/html') && operation.responses[status]?.content?.['text/html'] !== undefined);
}
