/** What a sweep's time went into, so what would make it faster. Milliseconds. */
export interface Bound {
  /** Calls under way: more connections, or a faster source, would help. */
  readonly connections: number;
  /** The pace of the source: its `per_second`, and what 429s have taught. */
  readonly rate: number;
  /** `budget.per_second` of the policy, where it is lower than the source's pace. */
  readonly budget: number;
  /** Rests after faults. */
  readonly faults: number;
}

export type BoundBy = keyof Bound;

export const UNBOUND: Bound = { connections: 0, rate: 0, budget: 0, faults: 0 };

const NAMES = ["connections", "rate", "budget", "faults"] as const;

/** Adds time to one reason. */
export function addTo(bound: Bound, by: BoundBy, ms: number): Bound {
  return { ...bound, [by]: bound[by] + Math.max(0, ms) };
}

/**
 * Shares out the time that a step took by what its calls, side by side, waited for. A step whose calls
 * were not timed spent it on its source's answers.
 */
export function apportion(bound: Bound, took: number, waited: Bound): Bound {
  const whole = NAMES.reduce((sum, name) => sum + waited[name], 0);
  return whole === 0
    ? addTo(bound, "connections", took)
    : NAMES.reduce((sum, name) => addTo(sum, name, (took * waited[name]) / whole), bound);
}

/** What most of the time went into; null while there was none. */
export function speedOf(bound: Bound): BoundBy | null {
  const most = Math.max(...NAMES.map((name) => bound[name]));
  return most > 0 ? (NAMES.find((name) => bound[name] === most) ?? null) : null;
}
