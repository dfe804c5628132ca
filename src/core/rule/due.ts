import { after, before, parseDuration, type Duration } from "../values/duration.ts";
import { matchesGlob } from "../values/glob.ts";
import type { Policy } from "../policy/policy.ts";
import { valueAt } from "../values/fields.ts";
import type { Clock, Instant, Session } from "../session/session.ts";
import { namesSomebody } from "../session/subject.ts";
import { isPlausible } from "../values/timestamp.ts";

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
  /** Sessions created after this time are kept; null when the policy names no minimum age. */
  readonly youngest: number | null;
  readonly latest: number | null;
  readonly scopes: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string | number | boolean>> | null;
  /** Only sessions of which nobody can say whose they are. */
  readonly orphan: boolean;
  /** What a session has made, and names nobody, goes with it. */
  readonly together: boolean;
}

/** What a rule says of one session. */
export type Verdict =
  | { readonly kind: "unmatched" }
  | { readonly kind: "not_due"; readonly undated: boolean }
  /** Due if its activity, once read, is not later than the threshold. */
  | {
      readonly kind: "unread";
      readonly threshold: Threshold;
      readonly clause: number;
      readonly due_at: number;
    }
  | { readonly kind: "kept"; readonly clause: number; readonly due_at: number }
  | { readonly kind: "due"; readonly clause: number; readonly due_at: number };

/**
 * Freezes a policy at a cutoff. Its durations have been validated; `floor` is the deployment's minimum age,
 * of which and of the policy's own the stricter counts.
 */
export function freeze(policy: Policy, cutoff: number, floor: string | null = null): Rule {
  if (!Number.isFinite(cutoff)) {
    throw new Error("a cutoff is a time in epoch milliseconds");
  }
  const ages = [policy.keep?.min_age, floor].flatMap((age) => age ?? []);
  return {
    cutoff,
    thresholds: policy.expire.map((clause) => {
      const duration = readDuration(clause.after);
      return { clock: clause.clock, at: before(cutoff, duration), after: duration };
    }),
    youngest:
      ages.length === 0 ? null : Math.min(...ages.map((age) => before(cutoff, readDuration(age)))),
    latest: policy.keep?.latest ?? null,
    scopes: policy.match?.scope ?? null,
    metadata: policy.match?.metadata ?? null,
    orphan: policy.match?.orphan ?? false,
    together: policy.children === "together",
  };
}

/** Decides about one session. Anything unknown keeps it. */
export function judge(rule: Rule, session: Session): Verdict {
  if (unmatchedBy(rule, session) !== null) {
    return { kind: "unmatched" };
  }
  let undated = false;
  let unread: { threshold: Threshold; clause: number; due_at: number } | null = null;
  let due: { clause: number; due_at: number } | null = null;
  for (const [clause, threshold] of rule.thresholds.entries()) {
    const at = readClock(session, threshold.clock);
    if (at === null) {
      undated = true;
      continue;
    }
    // Written so that an unreadable threshold, too, makes nothing due.
    if (!(at <= threshold.at)) {
      continue;
    }
    const dueAt = after(at, threshold.after);
    if (threshold.clock === "last_active_at" && !session.activity_read) {
      if (unread === null || threshold.at > unread.threshold.at) {
        unread = { threshold, clause, due_at: dueAt };
      }
      continue;
    }
    if (due === null || dueAt < due.due_at) {
      due = { clause, due_at: dueAt };
    }
  }
  if (session.busy || (due === null && unread === null)) {
    return { kind: "not_due", undated };
  }
  // A session that is kept whatever its activity is not worth asking about.
  if (due === null) {
    return unread === null || isTooYoung(rule, session)
      ? { kind: "not_due", undated }
      : { kind: "unread", ...unread };
  }
  return { kind: isTooYoung(rule, session) ? "kept" : "due", ...due };
}

/**
 * Whether a session that is not due itself may go with the one that made it, once that one is due. It names
 * nobody, so no metadata are asked of it; anything unknown keeps it.
 */
export function mayFollow(rule: Rule, session: Session): boolean {
  return (
    rule.together &&
    session.parent !== null &&
    !namesSomebody(session) &&
    !session.busy &&
    isInScope(rule, session) &&
    readClock(session, "created_at") !== null &&
    !isTooYoung(rule, session)
  );
}

function isInScope({ scopes }: Rule, { scope }: Session): boolean {
  return scopes === null || scopes.some((pattern) => matchesGlob(pattern, scope));
}

/** The first part of a policy's `match` that leaves a session out, by its name in the document; null: none does. */
export function unmatchedBy(rule: Rule, session: Session): string | null {
  if (!isInScope(rule, session)) {
    return "match.scope";
  }
  if (rule.orphan && session.orphan !== true) {
    return "match.orphan";
  }
  const wrong =
    rule.metadata === null
      ? undefined
      : Object.entries(rule.metadata).find(
          ([path, value]) => valueAt(session.metadata, path) !== value,
        );
  return wrong === undefined ? null : `match.metadata.${wrong[0]}`;
}

/** An unreadable `created_at` keeps the session when a minimum age is asked for. */
function isTooYoung(rule: Rule, session: Session): boolean {
  if (rule.youngest === null) {
    return false;
  }
  const created = readClock(session, "created_at");
  return created === null || !(created <= rule.youngest);
}

/** A source reads its clocks with `parseClock`; one that stored a placeholder as a number does not. */
function readClock(session: Session, clock: Clock): Instant {
  const at = session.clocks[clock] ?? null;
  return at !== null && isPlausible(at) ? at : null;
}

function readDuration(text: string): Duration {
  const parsed = parseDuration(text);
  if (!parsed.ok) {
    throw new Error(`a validated policy holds an unreadable duration: ${parsed.error}`);
  }
  return parsed.value;
}
