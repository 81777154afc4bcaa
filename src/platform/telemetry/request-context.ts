import { AsyncLocalStorage } from 'node:async_hooks';

const requests = new AsyncLocalStorage<string>();

/** Everything that `run` sets off belongs to this request, for the log. */
export function inRequest(requestId: string, run: () => void): void {
  requests.run(requestId, run);
}

/** The request that the present work is done for, if any. */
export function presentRequestId(): string | undefined {
  return requests.getStore();
}

/** What `run` sets off belongs to no request, though one was the first to need it: a connection that stays, a timer. */
export function outsideRequests<T>(run: () => T): T {
  return requests.exit(run);
}
