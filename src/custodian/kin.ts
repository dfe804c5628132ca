import type { Session, SessionRef } from "../core/session.ts";
import { AS_CHILD, BY_IDENTIFIER, PENDING } from "./plan.ts";

/** A session that another one made. */
export interface Child extends SessionRef {
  readonly parent_scope: string;
  readonly parent_id: string;
  readonly version: number;
  /** How many parents up a session was identified: the order of removal. */
  readonly generation: number;
}

/** A planned session that another one made. */
export interface PlannedChild extends SessionRef {
  readonly seq: number;
  readonly parent_scope: string;
}

/**
 * Sessions with a parent. Those that name nobody follow a parent that is removed; those that name the
 * person are the person's unless their parent's agent shares its children.
 */
export class Kin {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  add(job: number, session: Session, parent: SessionRef): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO kin (job, scope, id, parent_scope, parent_id, version) VALUES (?, ?, ?, ?, ?, ?)",
      job,
      session.scope,
      session.id,
      parent.scope,
      parent.id,
      session.version,
    );
  }

  clear(job: number): void {
    this.#sql.exec("DELETE FROM kin WHERE job = ?", job);
  }

  /** Planned by their own identifiers, and not judged yet: their parent's agent may share its children. */
  ofIdentified(job: number, limit: number): PlannedChild[] {
    return this.#sql
      .exec<Record<string, SqlStorageValue> & PlannedChild>(
        `SELECT DISTINCT p.seq, k.scope, k.id, k.parent_scope
         FROM kin k JOIN plan p ON p.job = k.job AND p.scope = k.scope AND p.id = k.id AND p.clause < 0
         WHERE k.job = ? AND p.clause = ${BY_IDENTIFIER} AND p.state = ${PENDING} LIMIT ?`,
        job,
        limit,
      )
      .toArray();
  }

  /** Takes a judged session out. */
  judged(job: number, { scope, id }: SessionRef): void {
    this.#sql.exec("DELETE FROM kin WHERE job = ? AND scope = ? AND id = ?", job, scope, id);
  }

  /** Seqs of planned children whose parent turned out to stay: nobody can say any more whose they are. */
  ofLeft(job: number): number[] {
    return this.#sql
      .exec<{ seq: number }>(
        `SELECT DISTINCT q.seq FROM plan q
         CROSS JOIN kin k ON k.job = q.job AND k.scope = q.scope AND k.id = q.id
         CROSS JOIN plan p ON p.job = k.job AND p.scope = k.parent_scope AND p.id = k.parent_id AND p.clause < 0
         WHERE q.job = ? AND q.clause = ${AS_CHILD} AND q.state = ${PENDING}
           AND p.disposition IN ('renewed', 'shared')`,
        job,
      )
      .toArray()
      .map(({ seq }) => seq);
  }

  /** Children, not yet in the plan, of sessions that are; `parent_shared` when the parent is left as shared. */
  ofPlanned(job: number, limit: number): (Child & { readonly parent_shared: boolean })[] {
    return this.#sql
      .exec<Record<string, SqlStorageValue> & Child & { shared: number }>(
        `SELECT k.scope, k.id, k.parent_scope, k.parent_id, k.version,
                max(p.disposition IS 'shared') AS shared, max(p.due_at) + 1 AS generation
         FROM kin k JOIN plan p ON p.job = k.job AND p.scope = k.parent_scope AND p.id = k.parent_id AND p.clause < 0
         WHERE k.job = ? AND p.disposition IS NOT 'renewed' AND NOT EXISTS (
           SELECT 1 FROM plan q WHERE q.job = k.job AND q.scope = k.scope AND q.id = k.id AND q.clause < 0)
         GROUP BY k.scope, k.id LIMIT ?`,
        job,
        limit,
      )
      .toArray()
      .map(({ shared, ...child }) => ({ ...child, parent_shared: shared === 1 }));
  }
}
