import type { HoldGround, HoldSelector } from "../hold/hold.ts";
import type { SessionRef } from "../session/session.ts";
import type { Pause } from "../hold/switch.ts";
import { formatTimestamp } from "../values/timestamp.ts";

/** What a hold selects, without the values that name somebody. */
export type HoldTarget =
  /** `id` is null once the hold has ended. */
  | {
      readonly kind: "session";
      readonly source: string;
      readonly scope: string;
      readonly id: string | null;
    }
  | { readonly kind: "subject"; readonly identifier_types: readonly string[] }
  | { readonly kind: "scope"; readonly source: string; readonly globs: readonly string[] }
  | {
      readonly kind: "metadata";
      readonly source: string | null;
      readonly paths: readonly string[];
    };

/** A removal that a guard came too late for. */
interface LateSession extends SessionRef {
  readonly source: string;
}

/** What a hold or a pause came too late for, over all sources. */
export interface LateReport {
  /** Sessions that it matches and that calls under way removed. */
  readonly count: number;
  /** The first of them, at most 100 a source; empty once a hold has ended. */
  readonly sessions: readonly LateSession[];
  /** Removed, or perhaps removed, in that time, and nobody can tell whether it matches them. */
  readonly unknown: number;
}

/** Something that the caller should know about a hold. */
export interface HoldWarning {
  readonly code:
    | "expires_by_itself"
    | "own_expiry_cleared"
    | "own_expiry_unknown"
    | "may_expire_by_itself"
    | "session_not_found"
    | "binds_nothing_in"
    | "source_missing";
  readonly source: string;
  readonly message: string;
}

/** A hold as the API shows it. */
export interface HoldReport {
  readonly id: string;
  readonly status: "in_force" | "ended" | "released";
  /** Its review date has passed, and it still binds. */
  readonly review_due: boolean;
  readonly selector: HoldTarget;
  readonly ground: HoldGround;
  readonly owner: string;
  readonly review_at: string;
  readonly ends_at: string | null;
  readonly public_reason: string | null;
  readonly placed_by: string;
  readonly placed_at: string;
  readonly released_by: string | null;
  readonly released_at: string | null;
  /** Whether the Custodian of each source obeys it now. */
  readonly in_force: Readonly<Record<string, boolean>>;
  readonly too_late: LateReport;
  readonly warnings: readonly HoldWarning[];
}

/** A pause as the API shows it. */
export interface PauseReport {
  readonly until: string | null;
  readonly by: string;
  readonly reason: string;
  readonly at: string;
}

/** One turn of the switch: a pause that was set or taken away. */
export interface SwitchTurn {
  /** Null: all sources. */
  readonly source: string | null;
  readonly paused: boolean;
  readonly until: string | null;
  /** Null where a pause was taken away. */
  readonly reason: string | null;
  /** Null: the pause ended by itself, at its time. */
  readonly by: string | null;
  readonly at: string;
}

/** The switch as the API shows it. */
export interface SwitchReport {
  readonly all: PauseReport | null;
  readonly sources: Readonly<Record<string, PauseReport>>;
  /** Sources that a pause of either kind stops. */
  readonly still_paused: readonly string[];
  /** Whether the Custodian of each source obeys this state. */
  readonly in_force: Readonly<Record<string, boolean>>;
  /** What the pauses that are on came too late for. */
  readonly too_late: LateReport;
  /** The last turns, the newest first. */
  readonly turns: readonly SwitchTurn[];
}

/** What may be shown of a selector, and all that stays of it when the hold has ended. */
export function targetOf(selector: HoldSelector, isOver: boolean): HoldTarget {
  switch (selector.kind) {
    case "session":
      return { ...selector, id: isOver ? null : selector.id };
    case "scope":
      return selector;
    case "subject":
      return {
        kind: "subject",
        identifier_types: [...new Set(selector.identifiers.map(({ type }) => type))],
      };
    case "metadata":
      return {
        kind: "metadata",
        source: selector.source,
        paths: Object.keys(selector.fields).toSorted(),
      };
  }
}

/** A pause with its times as RFC 3339. */
export function pauseReport({ until, by, reason, at }: Pause): PauseReport {
  return {
    until: until === null ? null : formatTimestamp(until),
    by,
    reason,
    at: formatTimestamp(at),
  };
}
