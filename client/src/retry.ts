/** How calls are repeated that the server could not answer. */
export interface RetryOptions {
  /** How often at most, after the first try. 3 unless given; 0 never repeats. */
  readonly times?: number;
  /** Before the first repetition, in milliseconds; doubled for each more, and shortened by chance. 500 unless given. */
  readonly baseMs?: number;
  /** The longest that one wait may be. A server that asks for a longer one gets no repetition. 60,000 unless given. */
  readonly maxMs?: number;
}

export type Fetch = (request: Request) => Promise<Response>;

/** Statuses that come from overload, of the server or of something in between. */
const OVERLOADED = [429, 502, 503, 504];
const IDEMPOTENCY_KEY = 'idempotency-key';

/**
 * A fetch that tries again, with growing and random waits, at least as long as Retry-After asks for. Only where doing it twice cannot
 * do it twice: what reads; a POST with an Idempotency-Key; and what the server turned away with 429, unless it concerns logging in.
 * @param timeoutMs  of each single try
 */
export function retrying(send: Fetch, { times = 3, baseMs = 500, maxMs = 60_000 }: RetryOptions, timeoutMs: number): Fetch {
  return async (request) => {
    for (let tried = 0; ; tried += 1) {
      const outcome = await attempt(send, request, timeoutMs);
      const last = tried >= times || !mayRepeat(request, outcome);
      const waitMs = last ? undefined : waitBefore(outcome, baseMs * 2 ** tried, maxMs);
      if (waitMs === undefined) return answerOf(outcome);
      await outcome.response?.body?.cancel();
      await pause(waitMs, request.signal);
    }
  };
}

/** One of the two is there. */
interface Outcome {
  readonly response?: Response;
  readonly failure?: unknown;
}

async function attempt(send: Fetch, request: Request, timeoutMs: number): Promise<Outcome> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
  try {
    return { response: await send(new Request(request.clone(), { signal })) };
  } catch (failure) {
    return { failure };
  }
}

function answerOf({ response, failure }: Outcome): Response {
  if (response) return response;
  throw failure;
}

function mayRepeat(request: Request, { response }: Outcome): boolean {
  if (request.signal.aborted) return false;
  const harmless = request.method === 'GET' || request.method === 'HEAD' || request.headers.has(IDEMPOTENCY_KEY);
  if (!response) return harmless;
  if (response.status === 429) return harmless || !new URL(request.url).pathname.includes('/auth/');
  if (response.status === 409) return request.headers.has(IDEMPOTENCY_KEY) && response.headers.has('retry-after'); // the first try is still at work
  return harmless && OVERLOADED.includes(response.status);
}

/** Undefined when the server wants more patience than there is. */
function waitBefore({ response }: Outcome, growing: number, maxMs: number): number | undefined {
  const asked = response ? retryAfterMs(response.headers) : 0;
  if (asked > maxMs) return undefined;
  const random = Math.min(growing, maxMs) * (0.5 + Math.random() / 2);
  return Math.max(asked, random);
}

/** Seconds, or an instant, which is compared with the server's own clock (RFC 9110 section 10.2.3). */
function retryAfterMs(headers: Headers): number {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const wait = Date.parse(text) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? 0 : Math.max(0, wait);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}
