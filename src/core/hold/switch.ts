/** A pause of everything that removes: until a time, or until somebody ends it. */
export interface Pause {
  readonly id: string;
  /** The version of the restraints that brought it. */
  readonly version: number;
  /** Epoch milliseconds; null: until it is ended. */
  readonly until: number | null;
  /** The name of the key that set it. */
  readonly by: string;
  readonly reason: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** The kill switch: a pause of all sources, and one of single sources, by their names. */
export interface Pauses {
  readonly all: Pause | null;
  readonly sources: Readonly<Record<string, Pause>>;
}

export const NO_PAUSES: Pauses = { all: null, sources: {} };

/** What pauses a source at a time, under any of its names: the one that lasts longest. */
export function pauseOf(
  { all, sources }: Pauses,
  names: ReadonlySet<string>,
  now: number,
): Pause | null {
  const found = [
    all,
    ...Object.entries(sources).map(([name, one]) => (names.has(name) ? one : null)),
  ];
  return found.reduce<Pause | null>((longest, one) => {
    // Written so that a time that is no number ends no pause.
    const lasts = one !== null && (one.until === null || !(now >= one.until));
    return lasts && (longest === null || endOf(one) > endOf(longest)) ? one : longest;
  }, null);
}

function endOf({ until }: Pause): number {
  return until ?? Infinity;
}

/** What `Retry-After` says while a pause lasts: its rest in seconds, at most a minute, for it may be ended. */
export function retryAfterPause(until: number | null, now: number): string {
  const seconds = until === null ? 60 : Math.ceil((until - now) / 1000);
  return String(Math.min(60, Math.max(1, seconds)));
}
