import { judgeSchedule, nextScheduled, type ScheduleMark } from "../../core/rule/schedule_mark.ts";
import { HOURLY } from "../../core/rule/next_run.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { isLocal, type SourceConfig } from "../../sources/provider.ts";
import type { PolicyVersion } from "../../contract/registrar.ts";
import { Table } from "../../platform/table.ts";

/** A policy that is to start at a tick; late when its minute went by unserved. */
export interface Scheduled {
  readonly version: PolicyVersion;
  readonly is_late: boolean;
}

/** The last minute served of each policy with a schedule, so that a tick that did not come is made up for. */
export class ScheduleMarks extends Table {
  /**
   * Which policies are to start at a tick (epoch milliseconds), each until it is served. `known` are all
   * that KV has, the invalid ones too: what is not among them, or is off, begins anew when it comes back.
   */
  scheduled(
    policies: readonly PolicyVersion[],
    known: ReadonlySet<string>,
    tick: number,
    sources: ReadonlyMap<string, SourceConfig>,
  ): Scheduled[] {
    const marks = this.#read();
    const scheduled: Scheduled[] = [];
    for (const version of policies) {
      const { id, policy } = version;
      const source = sources.get(policy.source);
      if (policy.mode === "off" || source === undefined) {
        continue;
      }
      if (policy.schedule === undefined && isLocal(source)) {
        scheduled.push({ version, is_late: false });
        continue;
      }
      const schedule = policy.schedule ?? HOURLY;
      const { due, begin } = judgeSchedule(id, schedule, marks.get(id) ?? null, tick);
      if (begin !== null) {
        this.sql.exec(
          "INSERT OR REPLACE INTO schedule_marks (policy, schedule, minute) VALUES (?, ?, ?)",
          id,
          begin.schedule,
          begin.minute,
        );
      }
      if (due !== null) {
        scheduled.push({ version, is_late: due === "late" });
      }
    }
    const off = new Set(policies.flatMap(({ id, policy }) => (policy.mode === "off" ? [id] : [])));
    for (const id of marks.keys()) {
      if (off.has(id) || !known.has(id)) {
        this.sql.exec("DELETE FROM schedule_marks WHERE policy = ?", id);
      }
    }
    return scheduled;
  }

  /** When a policy is to start next, `after` a time where nothing was served; without a schedule, at each tick. */
  next(
    id: string,
    { schedule }: Pick<Policy, "schedule">,
    source: SourceConfig,
    after: number,
  ): { readonly kind: "at"; readonly at: number | null } | { readonly kind: "each_tick" } {
    if (schedule === undefined && isLocal(source)) {
      return { kind: "each_tick" };
    }
    const [mark = null] = this.rows<ScheduleMark>(
      "SELECT schedule, minute FROM schedule_marks WHERE policy = ?",
      id,
    );
    return { kind: "at", at: nextScheduled(id, schedule ?? HOURLY, mark, after) };
  }

  /** Notes that a policy has the sweep of a tick. One without a schedule has no mark. */
  served(policy: string, tick: number): void {
    this.sql.exec(
      "UPDATE schedule_marks SET minute = ? WHERE policy = ?",
      Math.floor(tick / 60_000) * 60_000,
      policy,
    );
  }

  #read(): Map<string, ScheduleMark> {
    const rows = this.rows<{ policy: string; schedule: string; minute: number }>(
      "SELECT policy, schedule, minute FROM schedule_marks",
    );
    return new Map(rows.map(({ policy, ...mark }) => [policy, mark]));
  }
}
