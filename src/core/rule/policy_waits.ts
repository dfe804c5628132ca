import type { Policy } from "../policy/policy.ts";
import type { SkippedPolicy } from "../report/health.ts";
import type { PolicyWait } from "../report/policy_state.ts";
import type { SweepReport } from "../report/sweep.ts";

/** A policy as KV gives it now: its document, or why there is none to be had. */
export type ShownPolicy = Policy | "policy_invalid" | "policy_unread";

/** What may keep a policy from removing anything. */
export interface WaitFacts {
  readonly shown: ShownPolicy;
  /** Why the last tick skipped it; null: it did not. */
  readonly skipped: SkippedPolicy["code"] | null;
  readonly is_paused: boolean;
  /** Its sweeps that have not ended. */
  readonly active: readonly Pick<SweepReport, "status" | "approved_by" | "cancelled_by">[];
}

/** What a policy waits for, the strongest first. */
export function policyWaits({ shown, skipped, is_paused, active }: WaitFacts): PolicyWait[] {
  if (typeof shown === "string") {
    return [shown];
  }
  const sweeps = new Set(active.map(waitOf));
  const holds: readonly (readonly [PolicyWait, boolean])[] = [
    // What was invalid at the last tick and is valid now waits for the next one alone.
    ["policy_unread", skipped === "policy_unread"],
    ["kv_stale", skipped === "kv_stale"],
    ["off", shown.mode === "off"],
    ["paused", is_paused],
    ["braked", sweeps.has("braked")],
    ["needs_approval", sweeps.has("needs_approval")],
    ["earlier_sweep", sweeps.has("earlier_sweep")],
    ["observe", shown.mode === "observe"],
  ];
  return holds.flatMap(([code, is]) => (is ? [code] : []));
}

/** What a sweep that has not ended keeps its policy waiting for; one that was decided about goes on. */
function waitOf({
  status,
  approved_by: approved,
  cancelled_by: cancelled,
}: WaitFacts["active"][number]): PolicyWait {
  const isOpen = approved.length === 0 && cancelled === null;
  return isOpen && (status === "braked" || status === "needs_approval") ? status : "earlier_sweep";
}
