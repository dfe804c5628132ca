import type { Disposition } from "../../../core/count/disposition.ts";
import type { SessionRef } from "../../../core/session/session.ts";

/** A row of a plan, as its digest takes it in. */
export interface PlanLine {
  readonly seq: number;
  readonly due_at: number;
  readonly id: string;
  /** Scope, id, version, clause and due time, a line each. */
  readonly text: string;
}

/** A row of a plan, as far as it says how and why a session went. */
export interface PlanEnd extends SessionRef {
  readonly seq: number;
  readonly disposition: Disposition | null;
  readonly settled_at: number | null;
  readonly clause: number;
  readonly due_at: number;
}

/** Pages through whole plans for what is done with every row: no more is read of each than that needs. */
export class PlanLines {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  lines(job: number, afterSeq: number, limit: number): PlanLine[] {
    const lists = this.#sql
      .exec(
        `SELECT seq, due_at, scope, id,
           version || char(10) || clause || char(10) || due_at
         FROM plan WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?`,
        job,
        afterSeq,
        limit,
      )
      .raw<[number, number, string, string, string]>();
    return Array.from(lists, ([seq, dueAt, scope, id, rest]) => ({
      seq,
      due_at: dueAt,
      id,
      text: `${scope}\n${id}\n${rest}`,
    }));
  }

  ends(job: number, afterSeq: number, limit: number): PlanEnd[] {
    const lists = this.#sql
      .exec(
        `SELECT seq, scope, id, disposition, settled_at, clause, due_at
         FROM plan WHERE job = ? AND seq > ? ORDER BY seq LIMIT ?`,
        job,
        afterSeq,
        limit,
      )
      .raw<[number, string, string, Disposition | null, number | null, number, number]>();
    return Array.from(lists, ([seq, scope, id, disposition, settledAt, clause, dueAt]) => ({
      seq,
      scope,
      id,
      disposition,
      settled_at: settledAt,
      clause,
      due_at: dueAt,
    }));
  }
}
