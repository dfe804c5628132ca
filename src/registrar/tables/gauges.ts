import { isMostlyDated, type UndatedShare } from "../../core/count/undated.ts";
import {
  ENDED_SWEEPS,
  WAITING_SWEEPS,
  type SweepReport,
  type SweepStatus,
} from "../../core/report/sweep.ts";
import { Table } from "../../platform/table.ts";

/** What the last sweeps of a policy showed. */
export interface PolicyGauge {
  readonly policy: string;
  readonly source: string;
  /** When the policy was first seen; epoch milliseconds. */
  readonly since: number;
  readonly completed_at: number | null;
  /** How its last sweep ended. */
  readonly ended_as: SweepStatus | null;
  /** Of the last sweep that came as far as a plan. */
  readonly backlog: BacklogGauge | null;
  /** Of the last sweep that removed something. */
  readonly lag: SweepReport["lag_seconds"];
  /** Since when many of its sessions have no readable date; null: few have none, or it is not known. */
  readonly undated_since: number | null;
  /** How many sweeps in a row have selected none of the sessions that there were, and since when. */
  readonly nobody: number;
  readonly nobody_since: number | null;
}

/** What was due and is still there, and what will be. */
interface BacklogGauge {
  readonly count: number;
  readonly held: number;
  /** Epoch milliseconds; null when nothing but what is held is overdue. */
  readonly oldest_due_at: number | null;
  readonly due_next_24h: number | null;
  readonly drain_seconds: number | null;
  /** Since when a sweep was at work on it when it told, in epoch milliseconds; null: none was. */
  readonly under_way_since: number | null;
  /** Scopes that it could not list. */
  readonly unsearched: number;
  /** Null where the share is not known. */
  readonly undated: UndatedShare | null;
}

type Row = Omit<PolicyGauge, "backlog" | "lag"> &
  Readonly<Record<"backlog" | "lag", string | null>>;

const COMPLETE: ReadonlySet<string> = new Set(["completed", "observed"]);

/** One row a policy that runs: what metrics say of it without reading its reports. */
export class Gauges extends Table {
  /** Keeps a row for each policy that runs (id and source) or that KV only does not show now, and drops all others. */
  keep(
    running: readonly (readonly [policy: string, source: string])[],
    unshown: readonly string[],
    now: number,
  ): void {
    this.sql.exec(
      "DELETE FROM gauges WHERE policy NOT IN (SELECT value FROM json_each(?))",
      JSON.stringify([...running.map(([policy]) => policy), ...unshown]),
    );
    // On another source the policy has shown nothing yet.
    this.sql.exec(
      `INSERT INTO gauges (policy, source, since)
       SELECT value ->> 0, value ->> 1, ? FROM json_each(?) WHERE true
       ON CONFLICT (policy) DO UPDATE SET
         source = excluded.source, since = excluded.since,
         completed_at = NULL, ended_as = NULL, backlog = NULL, lag = NULL,
         undated_since = NULL, nobody = 0, nobody_since = NULL
       WHERE source <> excluded.source`,
      now,
      JSON.stringify(running),
    );
  }

  /** Adds a row for a policy that runs before any tick has seen it. */
  see(policy: string, source: string, now: number): void {
    this.sql.exec(
      "INSERT OR IGNORE INTO gauges (policy, source, since) VALUES (?, ?, ?)",
      policy,
      source,
      now,
    );
  }

  /** Notes how much a sweep has left so far; it may wait for days. */
  noteBacklog(
    { policy, backlog, counts, dispositions, ...report }: SweepReport,
    now: number,
  ): void {
    if (backlog === null) {
      return;
    }
    const { oldest_due_at: oldest, due_next_24h: soon, drain_seconds } = report;
    const gauge: BacklogGauge = {
      count: backlog,
      held: counts.held + (dispositions.held ?? 0),
      oldest_due_at: oldest === null ? null : Date.parse(oldest),
      due_next_24h: soon?.count ?? null,
      drain_seconds,
      under_way_since:
        ENDED_SWEEPS.has(report.status) || WAITING_SWEEPS.has(report.status)
          ? null
          : Date.parse(report.created_at),
      unsearched: report.unsearched,
      undated:
        counts.matched === null ? null : { undated: counts.undated, selected: counts.matched },
    };
    this.sql.exec(
      `UPDATE gauges SET backlog = ?1,
              undated_since = CASE WHEN ?2 THEN coalesce(undated_since, ?3) END WHERE policy = ?4`,
      JSON.stringify(gauge),
      gauge.undated === null || isMostlyDated(gauge.undated) ? 0 : 1,
      now,
      policy,
    );
  }

  /** Notes what a sweep that has ended has shown; `isOfDue`: its list may hold what is due alone. */
  note(report: SweepReport, isOfDue: boolean, now: number): void {
    const { policy, status, lag_seconds: lag } = report;
    this.sql.exec(
      `UPDATE gauges SET ended_as = ?, completed_at = coalesce(?, completed_at),
              lag = coalesce(?, lag) WHERE policy = ?`,
      status,
      COMPLETE.has(status) ? now : null,
      lag === null ? null : JSON.stringify(lag),
      policy,
    );
    const hasSelected = COMPLETE.has(status) ? selectedSome(report, isOfDue) : null;
    if (hasSelected !== null) {
      this.sql.exec(
        `UPDATE gauges SET nobody = CASE WHEN ?1 THEN 0 ELSE nobody + 1 END,
                nobody_since = CASE WHEN NOT ?1 THEN coalesce(nobody_since, ?2) END
         WHERE policy = ?3`,
        hasSelected ? 1 : 0,
        now,
        policy,
      );
    }
  }

  /** All rows, the policy that was seen first before the others. */
  all(): PolicyGauge[] {
    return this.rows<Row>(
      `SELECT policy, source, since, completed_at, ended_as, backlog, lag,
              undated_since, nobody, nobody_since FROM gauges
         ORDER BY since, policy`,
    ).map((row) => ({
      ...row,
      backlog: row.backlog === null ? null : (JSON.parse(row.backlog) as BacklogGauge),
      lag: row.lag === null ? null : (JSON.parse(row.lag) as PolicyGauge["lag"]),
    }));
  }
}

/**
 * Whether a sweep selected any session; null: there was none that it could, or it is not known. A source that lists
 * what is due alone says 0 where it has looked for the others, and only while it holds some.
 */
function selectedSome({ counts }: SweepReport, isOfDue: boolean): boolean | null {
  if (isOfDue || counts.due > 0 || (counts.matched ?? 0) > 0) {
    return counts.due > 0 || counts.matched !== 0;
  }
  return counts.matched === null || counts.examined === 0 ? null : false;
}
