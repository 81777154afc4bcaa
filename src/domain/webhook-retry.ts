const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Waits between the tries of one delivery: ten tries over three days and more (Standard Webhooks, "Retry schedule"). */
const WAITS_MS = [5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 14 * HOUR_MS, 20 * HOUR_MS, 24 * HOUR_MS];
/** How far a Retry-After is believed: an endpoint must not park a delivery for weeks. */
const LONGEST_REST_MS = 24 * HOUR_MS;
/** How long an endpoint that asks us to slow down (429, 502, 504; standards 80) is left alone when it does not say for how long. */
const SHORT_REST_MS = 30 * SECOND_MS;
/** All failing for so long: the endpoint is turned off (state-model 6). */
const DISABLE_AFTER_MS = 5 * 24 * HOUR_MS;

export interface TryResult {
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** From Retry-After, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
}

export type DeliveryFate =
  | { readonly state: 'delivered' }
  | { readonly state: 'retrying'; readonly nextAt: Date; /** The whole endpoint slows down until then. */ readonly restUntil: Date | null }
  | { readonly state: 'exhausted'; readonly endpointGone: boolean };

/**
 * What becomes of a delivery after a try. 2xx delivers; 410 means that nobody wants it any more; a redirect is a failure like any other.
 *
 * @param attempts  tries made since it was queued or replayed, this one included, 1 or more
 * @param jitter    0 (inclusive) to 1 (exclusive); spreads a herd over a further 10 %
 */
export function fateOfDelivery(result: TryResult, attempts: number, now: Date, jitter: number): DeliveryFate {
  const { status } = result;
  if (status !== undefined && status >= 200 && status < 300) return { state: 'delivered' };
  if (status === 410) return { state: 'exhausted', endpointGone: true };
  const wait = WAITS_MS[attempts - 1];
  if (wait === undefined) return { state: 'exhausted', endpointGone: false };
  const asked = Math.min(result.retryAfterMs ?? 0, LONGEST_REST_MS);
  const nextAt = new Date(now.getTime() + Math.max(Math.round(wait * (1 + 0.1 * jitter)), asked));
  const slowDown = status === 429 || status === 502 || status === 504;
  return { state: 'retrying', nextAt, restUntil: slowDown ? new Date(now.getTime() + (asked || SHORT_REST_MS)) : null };
}

/** What a few tries, in the order in which they ended, say of their endpoint. */
export interface EndpointNews {
  /** One of them at least went well: what was counted before is forgotten. */
  readonly succeeded: boolean;
  /** Failures in a row at the end. */
  readonly failures: number;
  /** When the first of those ended. */
  readonly failingSince: Date | null;
  readonly restUntil: Date | null;
  /** It answered 410: nobody wants this any more. */
  readonly gone: boolean;
}

export function newsOfEndpoint(tries: readonly { readonly fate: DeliveryFate; readonly endedAt: Date }[]): EndpointNews {
  const lastSuccess = tries.findLastIndex(({ fate }) => fate.state === 'delivered');
  const failed = tries.slice(lastSuccess + 1);
  const rests = failed.flatMap(({ fate }) => (fate.state === 'retrying' && fate.restUntil ? [fate.restUntil.getTime()] : []));
  return {
    succeeded: lastSuccess >= 0,
    failures: failed.length,
    failingSince: failed[0]?.endedAt ?? null,
    restUntil: rests.length > 0 ? new Date(Math.max(...rests)) : null,
    gone: tries.some(({ fate }) => fate.state === 'exhausted' && fate.endpointGone),
  };
}

/** An endpoint that has only failed since `failingSince` is given up. */
export function endpointIsDead(failingSince: Date | null, now: Date): boolean {
  return failingSince !== null && now.getTime() - failingSince.getTime() >= DISABLE_AFTER_MS;
}

/** Retry-After as seconds or as an HTTP date (RFC 9110 section 10.2.3). Undefined when it is neither. */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim()) * SECOND_MS;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}
