import { STANDINGS, type Standing } from "../../core/rule/difference.ts";
import type { SessionRef } from "../../core/session/session.ts";
import { Table } from "../../platform/table.ts";

/** Where one session stands: under the version that is looked at, and under the one compared with. */
export interface BothStandings extends SessionRef {
  readonly own: Standing;
  readonly other: Standing;
}

const [NOT_DUE, DUE, IF_IDLE] = [0, 1, 2];

/** Sessions that are due under either of two versions, while a preview compares them. */
export class Differences extends Table {
  /** Notes where sessions stand now; what is due under neither is forgotten. */
  note(job: number, sessions: readonly BothStandings[]): void {
    const rows = JSON.stringify(
      sessions.map(({ scope, id, own, other }) => [scope, id, codeOf(own), codeOf(other)]),
    );
    this.sql.exec(
      `INSERT OR REPLACE INTO differences (job, scope, id, own, other)
       SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)
       WHERE value ->> 2 <> ${NOT_DUE} OR value ->> 3 <> ${NOT_DUE}`,
      job,
      rows,
    );
    this.sql.exec(
      `DELETE FROM differences WHERE job = ? AND (scope, id) IN (
         SELECT value ->> 0, value ->> 1 FROM json_each(?)
         WHERE value ->> 2 = ${NOT_DUE} AND value ->> 3 = ${NOT_DUE})`,
      job,
      rows,
    );
  }

  /** Decides what waited for the session's activity; what is decided already stays. */
  decide(job: number, { scope, id }: SessionRef, own: Standing, other: Standing): void {
    this.sql.exec(
      `UPDATE differences SET own = iif(own = ${IF_IDLE}, ?, own), other = iif(other = ${IF_IDLE}, ?, other)
       WHERE job = ? AND scope = ? AND id = ?`,
      codeOf(own),
      codeOf(other),
      job,
      scope,
      id,
    );
  }

  drop(job: number, { scope, id }: SessionRef): void {
    this.sql.exec("DELETE FROM differences WHERE job = ? AND scope = ? AND id = ?", job, scope, id);
  }

  /**
   * Counts one page of the differences, in the order of scopes and ids. What is noted as somebody's newest
   * under the number of a version's candidates is not due under that version.
   */
  count(
    job: number,
    candidates: number,
    after: SessionRef | null,
    limit: number,
  ): { added: number; removed: number; last: SessionRef | null } {
    const { scope, id } = after ?? { scope: "", id: "" };
    const rows = this.rows<{ scope: string; id: string }>(
      "SELECT scope, id FROM differences WHERE job = ? AND (scope, id) > (?, ?) ORDER BY scope, id LIMIT ?",
      job,
      scope,
      id,
      limit,
    );
    const last = rows.at(-1);
    if (last === undefined) {
      return { added: 0, removed: 0, last: null };
    }
    const page = "WHERE job = ?1 AND (scope, id) > (?2, ?3) AND (scope, id) <= (?4, ?5)";
    const bindings = [job, scope, id, last.scope, last.id];
    for (const [version, number] of [
      ["own", job],
      ["other", candidates],
    ]) {
      this.sql.exec(
        `UPDATE differences SET ${version} = ${NOT_DUE} ${page} AND ${version} = ${DUE} AND EXISTS (
           SELECT 1 FROM newest n WHERE n.job = ?6 AND n.scope = differences.scope AND n.id = differences.id)`,
        ...bindings,
        number,
      );
    }
    const { added, removed } = this.sql
      .exec<{ added: number; removed: number }>(
        `SELECT count(*) FILTER (WHERE own = ${DUE} AND other <> ${DUE}) AS added,
                count(*) FILTER (WHERE own <> ${DUE} AND other = ${DUE}) AS removed
         FROM differences ${page}`,
        ...bindings,
      )
      .one();
    return { added, removed, last: { scope: last.scope, id: last.id } };
  }

  /** Which of some sessions the version compared with would not remove: their places in the list. */
  newly(job: number, sessions: readonly SessionRef[]): Set<number> {
    const rows = this.rows<{ key: number }>(
      `SELECT r.key AS key FROM json_each(?) r JOIN differences d
           ON d.job = ? AND d.scope = r.value ->> 0 AND d.id = r.value ->> 1
         WHERE d.own = ${DUE} AND d.other <> ${DUE}`,
      JSON.stringify(sessions.map(({ scope, id }) => [scope, id])),
      job,
    );
    return new Set(rows.map(({ key }) => key));
  }
}

function codeOf(standing: Standing): number {
  return STANDINGS.indexOf(standing);
}
