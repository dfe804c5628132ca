import type { Rule, Verdict } from "./due.ts";

/**
 * Where a session stands under one version; `if_idle`: due unless it turns out to have been active after the
 * version's threshold.
 */
export const STANDINGS = ["not_due", "due", "if_idle"] as const;
export type Standing = (typeof STANDINGS)[number];

/** What a verdict comes to; `active` is a sign of life that the session's clocks do not tell. */
export function standingOf(verdict: Verdict, active: number | null): Standing {
  switch (verdict.kind) {
    case "due":
      return "due";
    case "unread":
      return active !== null && active > verdict.threshold.at ? "not_due" : "if_idle";
    case "unmatched":
    case "not_due":
    case "kept":
      return "not_due";
  }
}

/** The time after which a session that waits for its activity must have been active not to be due. */
export function idleSince({ thresholds }: Rule): number {
  const at = thresholds.filter(({ clock }) => clock === "last_active_at").map((one) => one.at);
  return Math.max(...at);
}

/** Where an `if_idle` session stands, once it is known when it was last active; null: it never was. */
export function decideStanding(rule: Rule, lastActiveAt: number | null): Standing {
  return lastActiveAt !== null && lastActiveAt > idleSince(rule) ? "not_due" : "due";
}
