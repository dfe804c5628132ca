import { pauseOf } from "../../core/hold/switch.ts";
import type { PolicyState } from "../../core/report/policy_state.ts";
import { policyWaits, type ShownPolicy } from "../../core/rule/policy_waits.ts";
import { formatInstant } from "../../core/values/timestamp.ts";
import { namesOf } from "../../sources/provider.ts";
import type { Records } from "../records.ts";
import type { PolicyToState } from "../../contract/registrar.ts";

/** How policies are doing, in the order in which they are given: read by index, and from no report but the newest. */
export function statesOf(records: Records, policies: readonly PolicyToState[]): PolicyState[] {
  const { config, facts, gauges, removals_by_hour: byHour, restraints, runtime, sweeps } = records;
  const now = runtime.now();
  const skipped = facts.get("policy_problems") ?? [];
  const pauses = restraints.pauses();
  const known = new Map(gauges.all().map((gauge) => [gauge.policy, gauge]));
  return policies.map(({ id, shown }) => {
    const source = typeof shown === "string" ? undefined : config.sources.get(shown.source);
    const backlog = known.get(id)?.backlog ?? null;
    const last = sweeps.newest(id);
    const lately = byHour.lately(id, now);
    return {
      last_sweep:
        last === null
          ? null
          : {
              id: last.id,
              status: last.status,
              created_at: last.created_at,
              finished_at: last.finished_at,
            },
      removals_24h: lately.day,
      removals_7d: lately.week,
      backlog: backlog?.count ?? null,
      oldest_due_at: formatInstant(backlog?.oldest_due_at ?? null),
      due_next_24h: backlog?.due_next_24h ?? null,
      next_run_at: formatInstant(nextRun(records, id, shown)),
      waits_for: policyWaits({
        shown,
        skipped: skipped.find((one) => one.id === id || one.id === "*")?.code ?? null,
        is_paused:
          source !== undefined &&
          pauseOf(pauses, namesOf(source, config.sources.values()), now) !== null,
        active: sweeps.active(id),
      }),
    };
  });
}

/** When a policy starts or joins its next sweep; null: never, or it is not known. */
function nextRun({ config, facts, marks, runtime }: Records, id: string, shown: ShownPolicy) {
  const policy = typeof shown === "string" ? null : shown;
  const source = config.sources.get(policy?.source ?? "");
  if (policy === null || policy.mode === "off" || source === undefined) {
    return null;
  }
  const lastTick = facts.get("last_tick");
  const scheduled = marks.next(id, policy, source, lastTick ?? runtime.now());
  if (scheduled.kind === "at") {
    return scheduled.at;
  }
  const gap = facts.get("tick_gap");
  return lastTick === null || gap === null ? null : lastTick + gap;
}
