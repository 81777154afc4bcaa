import type { FastifyInstance } from 'fastify';
import { HttpProblem } from './problems/http-problem.js';

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/** Remembers which methods each path answers, to tell a wrong method (405, RFC 9110 section 15.5.6) from an unknown address (404). */
export class RouteTable {
  private readonly paths = new Map<string, KnownPath>();

  /** Must be called before the first route is made. */
  static watch(server: FastifyInstance): RouteTable {
    const table = new RouteTable();
    server.addHook('onRoute', ({ url, method }) => {
      table.add(url, [method].flat());
    });
    return table;
  }

  private add(url: string, methods: readonly string[]): void {
    if (url.includes('*')) return; // folders of files: what is not in them is simply not there
    const known = this.paths.get(url) ?? { pattern: toPattern(url), methods: new Set<string>() };
    for (const method of methods) known.methods.add(method);
    this.paths.set(url, known);
  }

  /** For a request that no route takes: the reason why. */
  refusal(method: string, path: string): HttpProblem {
    const allowed = new Set([...this.paths.values()].filter((known) => known.pattern.test(path)).flatMap((known) => [...known.methods]));
    // a route that gives way to the not-found answer itself must not be told to use the method it used
    if (allowed.size === 0 || allowed.has(method)) return new HttpProblem(404, 'not_found', 'There is nothing at this address.');
    const allow = [...allowed].sort().join(', ');
    return new HttpProblem(405, 'method_not_allowed', `This address does not answer ${method}; it answers ${allow}.`, { headers: { allow } });
  }
}

/** `/pitches/:id/moves` as the router reads it: a parameter is one segment. */
function toPattern(url: string): RegExp {
  const segments = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]+' : segment.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${segments.join('/')}$`);
}
