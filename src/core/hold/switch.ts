/** A pause of everything that removes: until a time, or until somebody ends it. */
export interface Pause {
  readonly id: string;
  /** The source that it pauses; null: all. */
  readonly source: string | null;
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

/** The pauses, past ones too, that concern a source of these names. */
export function concerning(pauses: readonly Pause[], names: ReadonlySet<string>): Pause[] {
  return pauses.filter(({ source }) => source === null || names.has(source));
}

/** What pauses a source at a time, under any of its names: the one that lasts longest. */
export function pauseOf(
  pauses: readonly Pause[],
  names: ReadonlySet<string>,
  now: number,
): Pause | null {
  // Written so that a time that is no number ends no pause.
  const lasting = concerning(pauses, names).filter(
    ({ until }) => until === null || !(now >= until),
  );
  return lasting.toSorted((one, other) => endOf(other) - endOf(one))[0] ?? null;
}

function endOf({ until }: Pause): number {
  return until ?? Infinity;
}

/** What `Retry-After` says while a pause lasts: its rest in seconds, at most a minute, for it may be ended. */
export function retryAfterPause(until: number | null, now: number): string {
  const seconds = until === null ? 60 : Math.ceil((until - now) / 1000);
  return String(Math.min(60, Math.max(1, seconds)));
}
