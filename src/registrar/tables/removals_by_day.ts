import { GONE, type DispositionCounts } from "../../core/count/disposition.ts";
import { REMOVALS_BY, type RemovalsRow } from "../../core/report/removals.ts";
import { dayOf } from "../../core/values/timestamp.ts";
import type { RemovalsRequest } from "../../contract/registrar.ts";
import { Table } from "../../platform/table.ts";

/** Of what sessions have met their ends. */
interface Removed {
  /** Empty: an erasure. */
  readonly policy: string;
  readonly source: string;
  /** Empty: an erasure. */
  readonly clause: string;
}

/** What became of planned sessions, by day; added to in the turn that takes the news of it, so once. */
export class RemovalsByDay extends Table {
  add({ policy, source, clause }: Removed, rise: DispositionCounts, now: number): void {
    for (const [disposition, count] of Object.entries(rise)) {
      this.sql.exec(
        `INSERT INTO removals_by_day (day, policy, source, clause, disposition, count)
         VALUES (?, ?, ?, ?, ?, ?6)
         ON CONFLICT DO UPDATE SET count = count + ?6`,
        dayOf(now),
        policy,
        source,
        clause,
        disposition,
        count,
      );
    }
  }

  /** The first sums of some days, in the order of what they are told apart by. */
  sums({ since, until, by, erasures }: RemovalsRequest, limit: number): RemovalsRow[] {
    // The names are of a fixed list: nothing that a caller wrote gets here.
    const columns = REMOVALS_BY.filter((name) => by.includes(name));
    const shown = columns.map((name) =>
      NULLED.has(name) ? `nullif(${name}, '') AS ${name}` : name,
    );
    const places = columns.map((_, place) => place + 1).join(", ");
    return this.rows<RemovalsRow>(
      `SELECT ${shown.join(", ")}, sum(count) AS count,
              sum(iif(disposition IN (SELECT value FROM json_each(?)), count, 0)) AS gone
         FROM removals_by_day WHERE day >= ? AND day <= ? ${erasures ? "" : "AND policy <> ''"}
         GROUP BY ${places} ORDER BY ${places} LIMIT ?`,
      JSON.stringify(GONE),
      since,
      until,
      limit,
    );
  }

  /** Removes the days before that of a time. */
  purge(before: number): void {
    this.sql.exec("DELETE FROM removals_by_day WHERE day < ?", dayOf(before));
  }
}

/** Empty where it is about an erasure. */
const NULLED: ReadonlySet<string> = new Set(["policy", "clause"]);
