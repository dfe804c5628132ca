import type { Explained, Stop } from "./explain.ts";
import type { Approval } from "../policy/floors.ts";
import { ENDED_SWEEPS, type SweepReport } from "../report/sweep.ts";
import type { Policy } from "../policy/policy.ts";
import type { Ticks } from "./next_run.ts";

/** How a policy stands, whatever the session. */
export interface PolicyStanding {
  /** The version was replaced, and KV still shows it: it is not run. */
  readonly is_superseded: boolean;
  /** Whether its next plan would wait for a person. */
  readonly approval: Approval;
  /** The ticks of the deployment: a policy without a schedule may run at each. */
  readonly ticks: Ticks;
  /** Its newest sweep; no preview. */
  readonly last: SweepReport | null;
}

/**
 * What holds a session back besides itself: its policy's mode, what its sweep waits for, and a budget
 * that others have used up. `isPlanned`: its sweep's plan has the session.
 */
export function stopsOfPolicy(
  { mode, budget }: Pick<Policy, "mode" | "budget">,
  standing: PolicyStanding,
  explained: Explained,
  isPlanned: boolean,
): Stop[] {
  if (explained.verdict === "not_matched") {
    return [];
  }
  const stops: Stop[] = [...explained.stops];
  if (mode !== "enforce") {
    stops.push(mode === "off" ? "policy_off" : "policy_observe");
  }
  if (standing.is_superseded) {
    stops.push("policy_superseded");
  }
  const waits = waitsFor(standing, mode);
  if (waits !== null) {
    stops.push(waits);
  }
  if (explained.stops.length === 0 && !isPlanned && isBehind(budget, standing.last, explained)) {
    stops.push("behind_budget");
  }
  return stops;
}

/** What the sweep of a policy waits for, or the next one would. */
function waitsFor({ last, approval }: PolicyStanding, mode: Policy["mode"]): Stop | null {
  const isUnderWay = last !== null && !ENDED_SWEEPS.has(last.status);
  if (isUnderWay && last.approved_by.length > 0) {
    return null;
  }
  if (last?.status === "braked") {
    return last.guard?.code === "source_empty" ? "source_empty" : "brake";
  }
  return mode === "enforce" && approval !== "none" ? "needs_approval" : null;
}

/** Whether the last plan was full before the session's turn came: those that are longer overdue go first. */
function isBehind(
  { items }: Policy["budget"],
  last: SweepReport | null,
  { verdict, due_at: dueAt }: Explained,
): boolean {
  if (last === null || last.plan_digest === null || last.cutoff === null || dueAt === null) {
    return false;
  }
  const { due, planned } = last.counts;
  const wasFull = planned >= items && due > planned;
  return verdict === "due" && wasFull && dueAt <= Date.parse(last.cutoff);
}
