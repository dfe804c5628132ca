import { ENDED_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import type { SweepFilter } from "../../contract/filters.ts";
import type { Page, PageRequest } from "../../contract/registrar.ts";
import { equal, ListTable, oneOf, type Condition } from "./list.ts";

/** A sweep before and after the news that moved it. */
export interface Moved {
  readonly before: SweepReport;
  readonly after: SweepReport;
}

/** A sweep that has not ended; `decided` is 1 where a person has approved or cancelled it. */
export interface StandingSweep {
  readonly id: string;
  readonly policy: string;
  readonly status: SweepReport["status"];
  readonly created_at: string;
  readonly waits_since: string | null;
  readonly approval: SweepReport["approval"];
  readonly guard: SweepReport["guard"];
  readonly planned: number;
  readonly decided: 0 | 1;
}

/** What runs, or would remove, by itself. */
const NO_PREVIEW = "trigger <> 'preview'";

/** The index of sweeps. */
export class SweepTable extends ListTable {
  add(report: SweepReport, tick: number | null, now: number): void {
    this.sql.exec(
      `INSERT INTO sweeps (id, policy, source, status, trigger, tick, report, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      report.id,
      report.policy,
      report.source,
      report.status,
      report.trigger,
      tick,
      JSON.stringify(report),
      now,
    );
  }

  get(id: string): SweepReport | null {
    return this.#read("SELECT report FROM sweeps WHERE id = ?", id)[0] ?? null;
  }

  /** Sweeps under way or waiting, of one policy or of all; previews are nobody's to join or to stop. */
  active(policy: string | null): SweepReport[] {
    return policy === null
      ? this.#read(
          `SELECT report FROM sweeps WHERE ended = 0 AND ${NO_PREVIEW} ORDER BY id LIMIT 1000`,
        )
      : this.#read(
          `SELECT report FROM sweeps WHERE ended = 0 AND policy = ? AND ${NO_PREVIEW} ORDER BY id`,
          policy,
        );
  }

  /** All that have not ended, previews too. */
  open(): { source: string; id: string; status: string }[] {
    return this.rows<{ source: string; id: string; status: string }>(
      "SELECT source, id, status FROM sweeps WHERE ended = 0",
    );
  }

  previewsUnderWay(): number {
    return this.number(`SELECT count(*) AS n FROM sweeps WHERE ended = 0 AND NOT (${NO_PREVIEW})`);
  }

  /** The newest sweep of a policy; no preview. */
  newest(policy: string): SweepReport | null {
    const [report] = this.#read(
      `SELECT report FROM sweeps WHERE policy = ? AND ${NO_PREVIEW} ORDER BY id DESC LIMIT 1`,
      policy,
    );
    return report ?? null;
  }

  /** The newest sweep of its policy that is older than a sweep; no preview. */
  before({ policy, id }: SweepReport): SweepReport | null {
    const [report] = this.#read(
      `SELECT report FROM sweeps WHERE policy = ? AND id < ? AND ${NO_PREVIEW}
         ORDER BY id DESC LIMIT 1`,
      policy,
      id,
    );
    return report ?? null;
  }

  remove(id: string): void {
    this.sql.exec("DELETE FROM sweeps WHERE id = ?", id);
  }

  /** Whether a tick has already made a sweep of this policy. */
  hasTick(policy: string, tick: number): boolean {
    return (
      this.number(
        "SELECT count(*) AS n FROM (SELECT 1 FROM sweeps WHERE policy = ? AND tick = ? LIMIT 1)",
        policy,
        tick,
      ) > 0
    );
  }

  /** One page of those that are asked for. */
  page(page: PageRequest, filter: SweepFilter): Page<SweepReport> {
    const { policy, source, status, trigger, removed } = filter;
    const others: Condition[] = [
      ...equal("source", source),
      ...(status === undefined ? [] : [oneOf("status", status)]),
      ...equal("trigger", trigger),
      ...equal("removed", removed === undefined ? undefined : 1),
    ];
    const isOfPolicy = policy !== undefined && others.length === 0;
    const { data: ids, next_cursor } = this.idsOf(
      {
        table: "sweeps",
        prefix: "swp",
        index: isOfPolicy ? "sweeps_of_policy" : "sweeps_listed",
        within: isOfPolicy ? equal("policy", policy) : [],
        where: isOfPolicy ? [] : [...equal("policy", policy), ...others],
      },
      page,
      filter,
    );
    const data = this.#read(
      "SELECT report FROM sweeps WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC",
      JSON.stringify(ids),
    );
    return { data, next_cursor };
  }

  /** Stores newer news; null when it has been seen, or the sweep has ended. */
  update(id: string, seq: number, change: (report: SweepReport) => SweepReport): Moved | null {
    const [row] = this.rows<{ report: string }>(
      "SELECT report FROM sweeps WHERE id = ? AND seq < ? AND ended = 0",
      id,
      seq,
    );
    if (row === undefined) {
      return null;
    }
    const before = JSON.parse(row.report) as SweepReport;
    const after = change(before);
    this.save(after, seq);
    return { before, after };
  }

  save(report: SweepReport, seq: number | null = null): void {
    this.sql.exec(
      `UPDATE sweeps SET report = ?, status = ?, removed = ?, ended = ?, seq = coalesce(?, seq)
       WHERE id = ?`,
      JSON.stringify(report),
      report.status,
      hasRemoved(report) ? 1 : 0,
      ENDED_SWEEPS.has(report.status) ? 1 : 0,
      seq,
      report.id,
    );
  }

  /** How many have not ended, by status. */
  countActive(): { status: string; n: number }[] {
    return this.rows<{ status: string; n: number }>(
      "SELECT status, count(*) AS n FROM sweeps WHERE ended = 0 GROUP BY status",
    );
  }

  /** The first thousand that are under way or wait, by what can be told of them without their reports. */
  standing(): StandingSweep[] {
    return this.rows<Omit<StandingSweep, "guard"> & { readonly guard: string }>(
      `SELECT id, policy, status, report ->> '$.created_at' AS created_at,
              report ->> '$.waits_since' AS waits_since, report ->> '$.approval' AS approval,
              report -> '$.guard' AS guard, report ->> '$.counts.planned' AS planned,
              json_array_length(report, '$.approved_by') > 0
                OR report -> '$.cancelled_by' IS NOT 'null' AS decided
       FROM sweeps INDEXED BY sweeps_active WHERE ended = 0 AND ${NO_PREVIEW} ORDER BY id LIMIT 1000`,
    ).map((row) => ({ ...row, guard: JSON.parse(row.guard) as SweepReport["guard"] }));
  }

  /** Removes reports of sweeps that have ended and began before a time, so many at once. */
  purge(begun: number, most: number): void {
    this.sql.exec(
      `DELETE FROM sweeps WHERE id IN
         (SELECT id FROM sweeps WHERE ended = 1 AND created_at < ? ORDER BY created_at LIMIT ?)`,
      begun,
      most,
    );
  }

  #read(query: string, ...bindings: SqlStorageValue[]): SweepReport[] {
    return this.rows<{ report: string }>(query, ...bindings).map(
      ({ report }) => JSON.parse(report) as SweepReport,
    );
  }
}

/** Whether it removed something, or may have: what was gone before it came does not count. */
function hasRemoved({ dispositions }: SweepReport): boolean {
  return (dispositions.deleted ?? 0) + (dispositions.absent_after_attempt ?? 0) > 0;
}
