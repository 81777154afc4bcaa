import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';
import type { AuthenticatedRequest } from '../../auth/auth.guard.js';
import { LinkSigner } from '../../secrets/secret-box.js';
import { InvalidRequest } from '../problems/http-problem.js';
import type { QueryObject } from '../input/query-string.js';

/** Bytes of the HMAC that a cursor carries: nobody can guess one of 2^96, and the cursor stays short. */
const TAG_CHARACTERS = 16;
/** What may change from page to page. */
const NOT_OF_THE_LIST = new Set(['after', 'limit', 'count']);

/** The cursor of this list is a public place, such as that of an event, which goes on in /stream as it is. Its parts are checked all the same. */
export const OpenCursor = Reflector.createDecorator<true | undefined>();

/**
 * Signs the cursors that lists give out and takes only those back: one that was altered, or comes from another list, sort,
 * filter or workspace, is refused. Lists themselves know nothing of it. One HMAC of a short text a page: some microseconds.
 */
@Injectable()
export class SealedCursors implements NestInterceptor {
  constructor(
    private readonly signer: LinkSigner,
    private readonly reflector: Reflector,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const open = this.reflector.get(OpenCursor, context.getHandler()) === true;
    if (request.method !== 'GET' || !request.actor || open) return next.handle();
    const query = request.query as QueryObject;
    const list = listOf(request, query);
    if (typeof query['after'] === 'string') query['after'] = this.open(query['after'], list);
    return next.handle().pipe(map((body: unknown) => (givesCursor(body) ? { ...body, nextCursor: this.seal(body.nextCursor, list) } : body)));
  }

  private seal(cursor: string, list: string): string {
    return `${cursor}.${this.tag(cursor, list)}`;
  }

  /** @throws InvalidRequest 400 `invalid_cursor` */
  private open(sealed: string, list: string): string {
    const [cursor = '', tag] = sealed.split('.');
    if (tag !== undefined && sealed === this.seal(cursor, list)) return cursor; // of a public place in the caller's own list: comparing in constant time guards nothing
    throw new InvalidRequest(
      [{ pointer: '?after', detail: 'must be the nextCursor of the page before, with the same address, sort and filters' }],
      'invalid_cursor',
    );
  }

  private tag(cursor: string, list: string): string {
    return this.signer.sign('cursor', `${list}\n${cursor}`).slice(0, TAG_CHARACTERS);
  }
}

/** All that decides which rows a list has, and in which order. */
function listOf({ actor, url }: AuthenticatedRequest, query: QueryObject): string {
  const asked = Object.entries(query).filter(([name]) => !NOT_OF_THE_LIST.has(name));
  return JSON.stringify([actor?.workspaceId, url.split('?')[0], asked.map(([name, value]) => [name, sorted(value)]).sort(byName)]);
}

function sorted(value: QueryObject[string]): unknown {
  return typeof value === 'string' || Array.isArray(value) ? value : Object.entries(value).map(([name, inner]) => [name, sorted(inner)]).sort(byName); // prettier-ignore
}

function byName([a]: unknown[], [b]: unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}

function givesCursor(body: unknown): body is { nextCursor: string } {
  return typeof body === 'object' && body !== null && 'nextCursor' in body && typeof body.nextCursor === 'string';
}
