import type { ErasureSourceReport } from "../../core/report/erasure.ts";
import type { SweepStatus } from "../../core/report/sweep.ts";
import type { ErasureJob } from "../tables/jobs.ts";
import type { Phase } from "../tables/phase.ts";
import type { Progress, SweepProgress } from "../tables/progress.ts";

/** How the phases are called outside, except where a plan waits: each kind has its own word for that. */
const STATUS: Readonly<
  Record<Exclude<Phase, "waiting" | "ended">, "queued" | "selecting" | "removing" | "verifying">
> = {
  queued: "queued",
  listing: "selecting",
  children: "selecting",
  forecast: "selecting",
  weighing: "selecting",
  difference: "selecting",
  planning: "selecting",
  guarding: "selecting",
  ranking: "removing",
  removing: "removing",
  verifying: "verifying",
  ending: "verifying",
  clearing: "verifying",
  remembering: "verifying",
};

/** A plan that no guard stops waits because the deployment or its policy wants a person to see it. */
export function sweepStatus({ phase, end, guard }: SweepProgress): SweepStatus {
  if (phase === "ended") {
    return end.as ?? "failed";
  }
  if (phase === "waiting") {
    return guard === null ? "needs_approval" : "braked";
  }
  return STATUS[phase];
}

/** `partial` is a matter of the whole erasure: of this source it says that the last pass still found some. */
export function partStatus({ progress }: ErasureJob): ErasureSourceReport["status"] {
  if (progress.error?.code === "stalled" && progress.phase !== "ended") {
    return "stalled";
  }
  if (progress.phase !== "ended") {
    return progress.phase === "waiting" ? "planned" : STATUS[progress.phase];
  }
  switch (progress.end.as) {
    case "failed":
      return "failed";
    case "done":
    case "partial":
      return progress.plan.found === 0 ? "no_match" : "done";
    case "observed":
      return progress.plan.found === 0 ? "no_match" : "observed";
    case null:
    default:
      return "done";
  }
}

/** Whether a plan is closed: what it holds does not change any more, but for what becomes of it. */
export function isPlanned({ phase, plan }: Progress): boolean {
  return plan.digest !== null && phase !== "guarding" && phase !== "queued";
}
