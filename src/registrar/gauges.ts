import type { SweepReport, SweepStatus } from "../core/job.ts";

/** What the last sweeps of a policy showed. */
export interface PolicyGauge {
  readonly policy: string;
  readonly source: string;
  /** When the policy was first seen; epoch milliseconds. */
  readonly since: number;
  readonly completed_at: number | null;
  /** How its last sweep ended. */
  readonly ended_as: SweepStatus | null;
  /** Of the last sweep that removed something. */
  readonly lag: SweepReport["lag_seconds"];
}

interface Row extends Record<string, SqlStorageValue> {
  policy: string;
  source: string;
  since: number;
  completed_at: number | null;
  ended_as: SweepStatus | null;
  lag: string | null;
}

const COMPLETE: ReadonlySet<string> = new Set(["completed", "observed"]);

/** One row a policy that runs: what metrics say of it without reading its reports. */
export class Gauges {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Keeps a row for each policy that runs (id and source) or is only `invalid`, and drops all others. */
  keep(
    running: readonly (readonly [policy: string, source: string])[],
    invalid: readonly string[],
    now: number,
  ): void {
    this.#sql.exec(
      "DELETE FROM gauges WHERE policy NOT IN (SELECT value FROM json_each(?))",
      JSON.stringify([...running.map(([policy]) => policy), ...invalid]),
    );
    // On another source the policy has shown nothing yet.
    this.#sql.exec(
      `INSERT INTO gauges (policy, source, since)
       SELECT value ->> 0, value ->> 1, ? FROM json_each(?) WHERE true
       ON CONFLICT (policy) DO UPDATE SET
         source = excluded.source, since = excluded.since,
         completed_at = NULL, ended_as = NULL, lag = NULL
       WHERE source <> excluded.source`,
      now,
      JSON.stringify(running),
    );
  }

  /** Notes what a sweep that has ended has shown. */
  note({ policy, status, lag_seconds: lag }: SweepReport, now: number): void {
    this.#sql.exec(
      `UPDATE gauges SET ended_as = ?, completed_at = coalesce(?, completed_at),
              lag = coalesce(?, lag) WHERE policy = ?`,
      status,
      COMPLETE.has(status) ? now : null,
      lag === null ? null : JSON.stringify(lag),
      policy,
    );
  }

  /** All rows, the policy that was seen first before the others. */
  all(): PolicyGauge[] {
    return this.#sql
      .exec<Row>(
        `SELECT policy, source, since, completed_at, ended_as, lag FROM gauges
         ORDER BY since, policy`,
      )
      .toArray()
      .map((row) => ({
        ...row,
        lag: row.lag === null ? null : (JSON.parse(row.lag) as PolicyGauge["lag"]),
      }));
  }
}
