import * as z from "zod";

/** Reasons for which time goes by. */
export const BOUND_BY = ["connections", "rate", "budget", "faults"] as const;
export type BoundBy = (typeof BOUND_BY)[number];

/** What a sweep's time went into, so what would make it faster. Milliseconds; in a report seconds. */
export const Bound = z.strictObject({
  /** Calls under way: more connections, or a faster source, would help. */
  connections: z.number(),
  /** The pace of the source: its `per_second`, and what 429s have taught. */
  rate: z.number(),
  /** `budget.per_second` of the policy, where it is lower than the source's pace. */
  budget: z.number(),
  /** Rests after faults. */
  faults: z.number(),
});
export type Bound = Readonly<z.infer<typeof Bound>>;

export const UNBOUND: Bound = { connections: 0, rate: 0, budget: 0, faults: 0 };

/** Adds time to one reason. */
export function addTo(bound: Bound, by: BoundBy, ms: number): Bound {
  return { ...bound, [by]: bound[by] + Math.max(0, ms) };
}

/**
 * Shares out the time that a step took by what its calls, side by side, waited for. A step whose calls
 * were not timed spent it on its source's answers.
 */
export function apportion(bound: Bound, took: number, waited: Bound): Bound {
  const whole = BOUND_BY.reduce((sum, name) => sum + waited[name], 0);
  return whole === 0
    ? addTo(bound, "connections", took)
    : BOUND_BY.reduce((sum, name) => addTo(sum, name, (took * waited[name]) / whole), bound);
}

/** What most of the time went into; null while there was none. */
export function speedOf(bound: Bound): BoundBy | null {
  const most = Math.max(...BOUND_BY.map((name) => bound[name]));
  return most > 0 ? (BOUND_BY.find((name) => bound[name] === most) ?? null) : null;
}
