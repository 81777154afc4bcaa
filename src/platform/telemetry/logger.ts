import type { Params } from 'nestjs-pino';
import type { DestinationStream } from 'pino';
import { presentRequestId } from './request-context.js';

/** Paths of the two public pages hold a signed token that opens them; no path of the API holds one. */
const TOKEN_IN_PATH = /^\/([ru])\/[^/?]+/i;
const ADDRESS = /[^\s@"'<>()=,;:/]+(?:@|%40)[^\s@"'<>()=,;:/]+/gi;

/** Where a secret could stand when someone logs a request or a header bag whole. */
const REDACTED = [
  ...['authorization', 'cookie', '["set-cookie"]'].flatMap((name) => {
    const dotted = name.startsWith('[') ? name : `.${name}`;
    return [name, `headers${dotted}`, `req.headers${dotted}`, `res.headers${dotted}`];
  }),
  'password',
  'token',
  'secret',
];

/**
 * How the process logs: one JSON line each, the message a constant, data as fields. Inside a request every line carries
 * its `requestId`. The line for the request itself is written by the HTTP edge, which knows the route.
 * @param destination  where the lines go; standard output when left out
 */
export function loggerParams(level: string, destination?: DestinationStream): Params {
  const options = {
    level,
    autoLogging: false,
    mixin: () => ({ requestId: presentRequestId() }), // pino-http would write it beside one that the line has already
    redact: { paths: REDACTED, censor: '[redacted]' },
    wrapSerializers: false, // pino-http would hand them its own copy of an error, with everything on it
    serializers: { err: describeFault, req: () => undefined, res: () => undefined },
    base: null,
    timestamp: true,
  };
  return { pinoHttp: destination ? [options, destination] : options };
}

/** A path that may be logged: without query, tokens and addresses. */
export function maskPath(url: string): string {
  const [path = ''] = url.split('?');
  return maskAddresses(path.replace(TOKEN_IN_PATH, '/$1/[token]'));
}

function maskAddresses(text: string): string {
  return text.replaceAll(ADDRESS, '[address]');
}

interface Fault {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: unknown;
  readonly table?: unknown;
  readonly constraint?: unknown;
  readonly cause?: Fault;
}

/** An error without its baggage: database errors carry the statement's values, fetch errors whole requests. */
export function describeFault(error: unknown): Fault | string {
  if (!(error instanceof Error)) return typeof error;
  const { code, table, constraint } = error as { code?: unknown; table?: unknown; constraint?: unknown };
  return {
    type: error.name,
    message: maskAddresses(error.message),
    ...(error.stack !== undefined && { stack: maskAddresses(error.stack) }),
    ...(code !== undefined && { code }),
    ...(table !== undefined && { table }),
    ...(constraint !== undefined && { constraint }),
    ...(error.cause instanceof Error && { cause: describeFault(error.cause) as Fault }),
  };
}
