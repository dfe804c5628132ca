import { lasts } from "../values/duration.ts";
import { isAsStrict } from "./floors.ts";
import { matchesGlob } from "../values/glob.ts";
import type { Policy } from "./policy.ts";

/**
 * Whether a policy removes nothing that another one would not, sooner or in larger numbers: all that is due
 * under it is due under `trusted`. What cannot be compared is wider. A schedule, a read-back and text for
 * people make nothing due, so they are not looked at.
 */
export function isNoWider(next: Policy, trusted: Policy): boolean {
  if (next.source !== trusted.source) {
    return false;
  }
  if (next.mode !== "enforce") {
    return true;
  }
  return (
    trusted.mode === "enforce" &&
    expiresNoSooner(next, trusted) &&
    matchesNoMore(next.match, trusted.match) &&
    keepsNoLess(next.keep, trusted.keep) &&
    (next.children === undefined || trusted.children === "together") &&
    atMost(next.budget.items, trusted.budget.items) &&
    atMost(next.budget.per_second, trusted.budget.per_second) &&
    atMost(next.brake.items, trusted.brake.items) &&
    atMost(next.brake.percent, trusted.brake.percent) &&
    isAsStrict(next.approval ?? "none", trusted.approval ?? "none")
  );
}

/** Each clause has one of the same clock that is due at the same time or before. */
function expiresNoSooner(next: Policy, trusted: Policy): boolean {
  return next.expire.every(({ clock, after }) =>
    trusted.expire.some((clause) => clause.clock === clock && lasts(after, clause.after)),
  );
}

function matchesNoMore(next: Policy["match"], trusted: Policy["match"]): boolean {
  const { scope: outer, metadata: asked = {} } = trusted ?? {};
  const { scope: inner, metadata = {} } = next ?? {};
  // The * of an inner pattern can only fall to a * of the outer, which takes whatever stands for it.
  const inScope =
    outer === undefined ||
    (inner?.every((pattern) => outer.some((wide) => matchesGlob(wide, pattern))) ?? false);
  return (
    inScope &&
    (trusted?.orphan === undefined || next?.orphan === true) &&
    Object.entries(asked).every(
      ([path, value]) => Object.hasOwn(metadata, path) && metadata[path] === value,
    )
  );
}

/** The newest n of fewer sessions are older, so a narrower `match` keeps no less of what it selects. */
function keepsNoLess(next: Policy["keep"], trusted: Policy["keep"]): boolean {
  const { min_age: age, latest } = trusted ?? {};
  return (
    (age === undefined || (next?.min_age !== undefined && lasts(next.min_age, age))) &&
    (latest === undefined || (next?.latest !== undefined && next.latest >= latest))
  );
}

/** Whether a limit is set and no higher, where the other is set. */
function atMost(limit: number | undefined, most: number | undefined): boolean {
  return most === undefined || (limit !== undefined && limit <= most);
}
