import { ENDED_PARTS, type ErasurePart, type ErasureState } from "../../core/rule/erasure.ts";
import type { Group } from "../../core/rule/attention_jobs.ts";
import type { ErasureReport } from "../../core/report/erasure.ts";
import type { Identifier } from "../../core/session/subject.ts";
import type { ErasureFilter } from "../../contract/filters.ts";
import type { Page, PageRequest } from "../../contract/registrar.ts";
import { equal, ListTable, oneOf, type Condition } from "./list.ts";

/** An erasure as it is stored: its report without the sources, which are rows of their own. */
export type ErasureHead = Omit<ErasureReport, "sources" | "status_url">;

export interface StoredErasure {
  readonly head: ErasureHead;
  readonly state: ErasureState;
}

/** One that removes. Whatever tells a Custodian to proceed takes no other, so a dry run is never let go. */
export type RemovingErasure = StoredErasure & { readonly head: { readonly dry_run: false } };

export function removes(one: StoredErasure): one is RemovingErasure {
  return !one.head.dry_run;
}

/** A part that has not ended; `told`: what was wanted of it last, `stop` or `proceed`; null: to plan. */
export interface OpenPart {
  readonly source: string;
  readonly id: string;
  readonly status: string;
  readonly told: string | null;
}

interface Row {
  report: string;
  state: string;
}

/** Erasures and their parts. Identifiers are kept until the erasure ends, and not an instant longer. */
export class ErasureTable extends ListTable {
  add({ head, state }: StoredErasure, identifiers: readonly Identifier[]): void {
    this.sql.exec(
      `INSERT INTO erasures (id, status, reference, identifiers, report, state, due_at)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      head.id,
      head.status,
      head.reference,
      JSON.stringify(identifiers),
      JSON.stringify(head),
      JSON.stringify(state),
      head.dry_run ? null : Date.parse(head.due_at),
    );
  }

  get(id: string): StoredErasure | null {
    const [row] = this.rows<Row>("SELECT report, state FROM erasures WHERE id = ?", id);
    return row === undefined ? null : stored(row);
  }

  /** One page of those that are asked for; `now` says which are late. */
  page(page: PageRequest, filter: ErasureFilter, now: number): Page<StoredErasure> {
    const { status, open, late, reference } = filter;
    const ended: Condition[] = [
      ...equal("ended", open === undefined && late === undefined ? undefined : 0),
      ...(late === undefined ? [] : [["due_at < ?", now] as const]),
    ];
    const statuses = status === undefined ? [] : [oneOf("status", status)];
    const listing = { table: "erasures", prefix: "ers" } as const;
    const { data: ids, next_cursor } = this.idsOf(
      reference !== undefined
        ? {
            ...listing,
            index: "erasures_of_reference",
            within: equal("reference", reference),
            where: [...statuses, ...ended],
          }
        : status?.length === 1 && ended.length === 0
          ? {
              ...listing,
              index: "erasures_of_status",
              within: equal("status", status[0]),
              where: [],
            }
          : { ...listing, index: "erasures_listed", within: [], where: [...statuses, ...ended] },
      page,
      filter,
    );
    const data = this.rows<Row>(
      "SELECT report, state FROM erasures WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC",
      JSON.stringify(ids),
    ).map(stored);
    return { data, next_cursor };
  }

  /** Those that a source has held up since before a time: all of them, because each may go on. */
  heldUp(since: number): string[] {
    return this.rows<{ id: string }>(
      `SELECT e.id FROM erasures e WHERE e.status = 'stalled' AND e.identifiers IS NOT NULL
           AND EXISTS (SELECT 1 FROM erasure_parts p
             WHERE p.erasure = e.id AND p.part ->> '$.stalled_since' <= ?)`,
      since,
    ).map(({ id }) => id);
  }

  /** The first of those that a source holds up, or that went on without one; no dry runs. */
  stalled(): string[] {
    return this.rows<{ id: string }>(
      `SELECT id FROM erasures INDEXED BY erasures_active
         WHERE status IN ('stalled', 'partial') AND identifiers IS NOT NULL AND due_at IS NOT NULL
         LIMIT 100`,
    ).map(({ id }) => id);
  }

  /** The first of those that wait for an approval. */
  waiting(): { id: string; waits_since: string | null }[] {
    return this.rows<{ id: string; waits_since: string | null }>(
      `SELECT id, report ->> '$.waits_since' AS waits_since FROM erasures INDEXED BY erasures_active
         WHERE status = 'needs_approval' AND identifiers IS NOT NULL LIMIT 100`,
    );
  }

  /** Those that have not ended and are due after a time and up to another: the first, and how many. */
  dueIn(after: number, until: number): Group<{ readonly id: string; readonly due_at: number }> {
    const where = `FROM erasures INDEXED BY erasures_by_due
      WHERE identifiers IS NOT NULL AND due_at > ? AND due_at <= ?`;
    const bounds = [after, until];
    const total = this.number(`SELECT count(*) AS n ${where}`, ...bounds);
    return {
      total,
      first: this.rows(`SELECT id, due_at ${where} ORDER BY due_at LIMIT 100`, ...bounds),
    };
  }

  /** How many have not ended, by status; no dry runs. */
  countActive(): { status: string; n: number }[] {
    return this.rows<{ status: string; n: number }>(
      `SELECT status, count(*) AS n FROM erasures
         WHERE identifiers IS NOT NULL AND due_at IS NOT NULL GROUP BY status`,
    );
  }

  /** The parts that have not ended, of erasures that have not, and what their sources have been told. */
  openParts(): OpenPart[] {
    return this.rows<OpenPart>(
      `SELECT p.source, p.erasure AS id, p.part ->> '$.report.status' AS status,
           CASE WHEN e.state ->> '$.stopping' IS NOT NULL THEN 'stop'
                WHEN e.state ->> '$.proceeded' THEN 'proceed' END AS told
         FROM erasures e JOIN erasure_parts p ON p.erasure = e.id WHERE e.identifiers IS NOT NULL`,
    ).filter(({ status }) => !ENDED_PARTS.has(status));
  }

  save(head: ErasureHead, state: ErasureState): void {
    this.sql.exec(
      `UPDATE erasures SET report = ?, status = ?, state = ?, ended = ?4,
              identifiers = CASE WHEN ?4 THEN NULL ELSE identifiers END WHERE id = ?`,
      JSON.stringify(head),
      head.status,
      JSON.stringify(state),
      head.finished_at === null ? 0 : 1,
      head.id,
    );
  }

  parts(erasure: string): ErasurePart[] {
    return this.rows<{ part: string }>(
      "SELECT part FROM erasure_parts WHERE erasure = ? ORDER BY source",
      erasure,
    ).map(({ part }) => JSON.parse(part) as ErasurePart);
  }

  /** Stores what is known of a part without its source's word: whatever that tells is newer. */
  changePart(erasure: string, part: ErasurePart): void {
    this.sql.exec(
      "UPDATE erasure_parts SET part = ? WHERE erasure = ? AND source = ?",
      JSON.stringify(part),
      erasure,
      part.source,
    );
  }

  /** Stores a part; false when the news is not newer than what is there. */
  savePart(erasure: string, part: ErasurePart, seq: number): boolean {
    return (
      this.sql.exec(
        `INSERT INTO erasure_parts (erasure, source, seq, part) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (erasure, source) DO UPDATE SET seq = ?3, part = ?4 WHERE seq < ?3`,
        erasure,
        part.source,
        seq,
        JSON.stringify(part),
      ).rowsWritten > 0
    );
  }
}

function stored({ report, state }: Row): StoredErasure {
  return {
    head: JSON.parse(report) as ErasureHead,
    state: JSON.parse(state) as ErasureState,
  };
}
