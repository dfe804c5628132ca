import { after } from "../values/duration.ts";
import { judge, mayFollow, unmatchedBy, type Rule } from "./due.ts";
import type { Clock, Session } from "../session/session.ts";
import { isPlausible } from "../values/timestamp.ts";

/** What keeps a session where it is although a policy is about it. There is no other reason. */
export const STOPS = [
  "undated",
  "busy",
  "has_children",
  "min_age",
  "latest",
  "latest_unknown",
  "hold",
  "paused",
  "restraints_unconfirmed",
  "resting",
  "brake",
  "source_empty",
  "needs_approval",
  "behind_budget",
  "policy_off",
  "policy_observe",
  "policy_superseded",
  "policy_invalid",
  "not_this_provider_clock",
] as const;
export type Stop = (typeof STOPS)[number];

/**
 * `unread`: due if its activity, which could not be read, is not later than the threshold. `with_parent`: not due
 * itself, and it goes with the session that made it when that one is.
 */
export const VERDICTS = [
  "not_matched",
  "undated",
  "not_due",
  "with_parent",
  "unread",
  "due",
] as const;
type ExplainedVerdict = (typeof VERDICTS)[number];

/** What one policy says of one session. Times are epoch milliseconds. */
export interface Explained {
  readonly verdict: ExplainedVerdict;
  /** The clause that makes it due, or the first that will; null where no clock can be read. */
  readonly clause: number | null;
  readonly clock: Clock | null;
  /** Due while its clock is not after this. */
  readonly threshold: number | null;
  readonly due_at: number | null;
  /** The part of `match` that leaves it out; null: it is matched. */
  readonly unmatched_by: string | null;
  readonly stops: readonly Stop[];
}

/** Tells when a session is due, and whether a session goes with another before it is due itself. */
export function explain(rule: Rule, session: Session): Explained {
  const alone = explainAlone(rule, session);
  const isOpen = alone.verdict === "due" || alone.verdict === "unread";
  return !isOpen && mayFollow(rule, session)
    ? { ...alone, verdict: "with_parent", stops: [] }
    : alone;
}

/** Tells what `judge` decides, when it falls due, and what in the session and the rule holds it back. */
function explainAlone(rule: Rule, session: Session): Explained {
  const verdict = judge(rule, session);
  switch (verdict.kind) {
    case "unmatched":
      return {
        verdict: "not_matched",
        ...placeOf(rule, null),
        unmatched_by: unmatchedBy(rule, session),
        stops: [],
      };
    case "due":
      return { verdict: "due", ...placeOf(rule, verdict), stops: [] };
    case "kept":
      return { verdict: "due", ...placeOf(rule, verdict), stops: ["min_age"] };
    case "unread":
      return { verdict: "unread", ...placeOf(rule, verdict), stops: [] };
    case "not_due":
      break;
  }
  if (session.busy) {
    const idle = explainAlone(rule, { ...session, busy: false });
    return { ...idle, stops: [...idle.stops, "busy"] };
  }
  // What is too young is not worth asking about, so `judge` does not say that it waits for its activity.
  const older = judge({ ...rule, youngest: null }, session);
  if (older.kind === "unread") {
    return { verdict: "unread", ...placeOf(rule, older), stops: ["min_age"] };
  }
  const first = firstDue(rule, session);
  return first === null
    ? { verdict: "undated", ...placeOf(rule, null), stops: ["undated"] }
    : { verdict: "not_due", ...placeOf(rule, first), stops: [] };
}

interface Falls {
  readonly clause: number;
  readonly due_at: number;
}

/** The clause by which a session that is not due will fall due first. */
function firstDue(rule: Rule, session: Session): Falls | null {
  let first: Falls | null = null;
  for (const [clause, threshold] of rule.thresholds.entries()) {
    const at = session.clocks[threshold.clock] ?? null;
    if (at === null || !isPlausible(at)) {
      continue;
    }
    const dueAt = after(at, threshold.after);
    if (first === null || dueAt < first.due_at) {
      first = { clause, due_at: dueAt };
    }
  }
  return first;
}

function placeOf(rule: Rule, falls: Falls | null): Omit<Explained, "verdict" | "stops"> {
  const threshold = falls === null ? undefined : rule.thresholds[falls.clause];
  return {
    clause: falls?.clause ?? null,
    clock: threshold?.clock ?? null,
    threshold: threshold?.at ?? null,
    due_at: falls?.due_at ?? null,
    unmatched_by: null,
  };
}
