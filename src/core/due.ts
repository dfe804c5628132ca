import { after, before, parseDuration, type Duration } from "./duration.ts";
import { matchesGlob } from "./glob.ts";
import type { Policy } from "./policy.ts";
import { valueAt, type Clock, type Session } from "./session.ts";

/** One clause of a policy against a frozen cutoff: due means `clock <= at`. */
export interface Threshold {
  readonly clock: Clock;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly after: Duration;
}

/** A policy made ready for one sweep: its cutoff is frozen, nothing below reads a clock. */
export interface Rule {
  readonly cutoff: number;
  readonly thresholds: readonly Threshold[];
  /** Sessions created after this moment are kept; null when the policy names no minimum age. */
  readonly youngest: number | null;
  readonly latest: number | null;
  readonly scopes: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string | number | boolean>> | null;
}

/** What a rule says of one session. */
export type Verdict =
  | { readonly kind: "unmatched" }
  | { readonly kind: "not_due"; readonly undated: boolean }
  /** Due if its activity, once read, is not later than the threshold. */
  | { readonly kind: "unread"; readonly threshold: Threshold }
  | { readonly kind: "kept"; readonly clause: number; readonly due_at: number }
  | { readonly kind: "due"; readonly clause: number; readonly due_at: number };

/** Freezes a policy at a cutoff. The policy has been validated, so its durations are readable. */
export function freeze(policy: Policy, cutoff: number): Rule {
  const minAge = policy.keep?.min_age;
  return {
    cutoff,
    thresholds: policy.expire.map((clause) => {
      const duration = readDuration(clause.after);
      return { clock: clause.clock, at: before(cutoff, duration), after: duration };
    }),
    youngest: minAge === undefined ? null : before(cutoff, readDuration(minAge)),
    latest: policy.keep?.latest ?? null,
    scopes: policy.match?.scope ?? null,
    metadata: policy.match?.metadata ?? null,
  };
}

/** Decides about one session. Anything unknown keeps it. */
export function judge(rule: Rule, session: Session): Verdict {
  if (!isMatched(rule, session)) {
    return { kind: "unmatched" };
  }
  let undated = false;
  let unread: Threshold | null = null;
  let due: { clause: number; due_at: number } | null = null;
  for (const [clause, threshold] of rule.thresholds.entries()) {
    const at = session.clocks[threshold.clock] ?? null;
    if (at === null) {
      undated = true;
      continue;
    }
    if (at > threshold.at) {
      continue;
    }
    if (threshold.clock === "last_active_at" && !session.activity_read) {
      unread = threshold;
      continue;
    }
    const dueAt = after(at, threshold.after);
    if (due === null || dueAt < due.due_at) {
      due = { clause, due_at: dueAt };
    }
  }
  if (session.busy || (due === null && unread === null)) {
    return { kind: "not_due", undated };
  }
  if (due === null) {
    return unread === null ? { kind: "not_due", undated } : { kind: "unread", threshold: unread };
  }
  return { kind: isTooYoung(rule, session) ? "kept" : "due", ...due };
}

function isMatched(rule: Rule, session: Session): boolean {
  if (rule.scopes !== null && !rule.scopes.some((pattern) => matchesGlob(pattern, session.scope))) {
    return false;
  }
  return (
    rule.metadata === null ||
    Object.entries(rule.metadata).every(([path, value]) => valueAt(session.metadata, path) === value)
  );
}

/** An unreadable `created_at` keeps the session when a minimum age is asked for. */
function isTooYoung(rule: Rule, session: Session): boolean {
  if (rule.youngest === null) {
    return false;
  }
  const created = session.clocks.created_at ?? null;
  return created === null || created > rule.youngest;
}

function readDuration(text: string): Duration {
  const parsed = parseDuration(text);
  if (!parsed.ok) {
    throw new Error(`a validated policy holds an unreadable duration: ${parsed.error}`);
  }
  return parsed.value;
}
