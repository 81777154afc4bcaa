/**
 * Refusals from before the work began, after which the same key may come again: the request was not understood, not allowed,
 * too much, or made for a version that is gone.
 */
export const NOTHING_BEGAN: ReadonlySet<number> = new Set([400, 401, 403, 405, 412, 413, 415, 428, 429]);
