import { firstRunFrom, type Runs } from "./next_run.ts";
import { after, parseDuration } from "../values/duration.ts";
import type { Explained, Stop } from "./explain.ts";

/** One session as a policy will meet it. Times are epoch milliseconds. */
export interface AwaitedSession {
  readonly policy: string;
  readonly runs: Runs;
  readonly explained: Pick<Explained, "verdict" | "due_at">;
  /** Everything that holds it back. */
  readonly stops: readonly Stop[];
  readonly created_at: number | null;
  /** The minimum ages that are asked of it: the policy's own and the deployment's. */
  readonly min_ages: readonly string[];
  /** It is in the plan of a sweep under way, and nothing has become of it. */
  readonly is_planned: boolean;
}

const FALLS_DUE: ReadonlySet<Explained["verdict"]> = new Set(["due", "not_due", "unread"]);

/**
 * The next run of a policy that would take a session if nothing changes; null: there is none while what holds the
 * session back lasts, or nobody can tell. An age that it lacks comes by itself; nothing else does.
 */
export function sweptNextAt(awaited: AwaitedSession, now: number): number | null {
  const { explained, stops, created_at: created, min_ages: ages } = awaited;
  const { verdict, due_at: dueAt } = explained;
  if (!FALLS_DUE.has(verdict) || dueAt === null || stops.some((stop) => stop !== "min_age")) {
    return null;
  }
  if (awaited.is_planned) {
    return now;
  }
  const oldEnough = ages.map((age) => ageReached(created, age));
  const from = Math.max(now, dueAt, ...oldEnough);
  return Number.isFinite(from) ? firstRunFrom(awaited.policy, awaited.runs, from) : null;
}

function ageReached(created: number | null, age: string): number {
  const parsed = parseDuration(age);
  return created === null || !parsed.ok ? Infinity : after(created, parsed.value);
}
