/** A host is ours for one request. */
export interface Turn {
  /** @param retryAfter  as the host said it, when it asked not to come back before */
  end(retryAfter?: string): Promise<void>;
}

export interface TurnWanted {
  /** Whose turn it may be already: a caller who was given the host before. */
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Sees to it that a host is asked one thing at a time, and not too often (standards 72). */
export interface HostTurns {
  /** @throws HostAtRest, TookTooLong, and the reason of the signal */
  take(host: string, wanted: TurnWanted): Promise<Turn>;
}

/** For what asks no stranger's host: each turn is there at once. */
export const ALWAYS_OUR_TURN: HostTurns = { take: () => Promise.resolve({ end: () => Promise.resolve() }) };
