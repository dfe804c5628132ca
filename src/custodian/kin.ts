import type { Session, SessionRef } from "../core/session.ts";

/** A session that another one made. */
export interface Child extends SessionRef {
  readonly parent_scope: string;
  readonly parent_id: string;
  readonly version: number;
}

/** Sessions with a parent that name nobody: they follow a parent that is removed, so they are kept in mind. */
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

  /** Children, not yet in the plan, of sessions that are; `parent_shared` when the parent is left as shared. */
  ofPlanned(job: number, limit: number): (Child & { readonly parent_shared: boolean })[] {
    return this.#sql
      .exec<Record<string, SqlStorageValue> & Child & { shared: number }>(
        `SELECT k.scope, k.id, k.parent_scope, k.parent_id, k.version,
                max(p.disposition IS 'shared') AS shared
         FROM kin k JOIN plan p ON p.job = k.job AND p.scope = k.parent_scope AND p.id = k.parent_id AND p.clause < 0
         WHERE k.job = ? AND NOT EXISTS (
           SELECT 1 FROM plan q WHERE q.job = k.job AND q.scope = k.scope AND q.id = k.id AND q.clause < 0)
         GROUP BY k.scope, k.id LIMIT ?`,
        job,
        limit,
      )
      .toArray()
      .map(({ shared, ...child }) => ({ ...child, parent_shared: shared === 1 }));
  }
}
