import type { Disposition } from "../../../core/count/disposition.ts";
import type { Session, SessionRef } from "../../../core/session/session.ts";
import { AS_CHILD, ATTEMPTED, BY_IDENTIFIER, PENDING, SETTLED } from "../plan/plan.ts";
import { Table } from "../../../platform/table.ts";

/**
 * The open rows of job ?1 with who made them, and who made that where it is still there: it was to go, too, and
 * did not.
 */
const MAKERS = `WITH RECURSIVE maker (seq, scope, id) AS (
  SELECT p.seq, c.parent_scope, c.parent_id FROM plan p INDEXED BY plan_open
    CROSS JOIN children c ON c.job = p.job AND c.scope = p.scope AND c.id = p.id
    WHERE p.job = ?1 AND p.state IN (${PENDING}, ${ATTEMPTED}) AND p.state <> ${SETTLED}
  UNION
  SELECT m.seq, c.parent_scope, c.parent_id FROM maker m
    CROSS JOIN plan p ON p.job = ?1 AND p.scope = m.scope AND p.id = m.id AND p.clause < 0
    CROSS JOIN children c ON c.job = ?1 AND c.scope = p.scope AND c.id = p.id
    WHERE p.disposition IN ('refused', 'unreachable', 'unknown'))`;

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
export class Children extends Table {
  add(job: number, session: Session, parent: SessionRef): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO children (job, scope, id, parent_scope, parent_id, version) VALUES (?, ?, ?, ?, ?, ?)",
      job,
      session.scope,
      session.id,
      parent.scope,
      parent.id,
      session.version,
    );
  }

  /** Planned by their own identifiers, and not judged yet: their parent's agent may share its children. */
  ofIdentified(job: number, limit: number): PlannedChild[] {
    return this.rows<PlannedChild>(
      `SELECT DISTINCT p.seq, c.scope, c.id, c.parent_scope
         FROM plan p CROSS JOIN children c ON c.job = p.job AND c.scope = p.scope AND c.id = p.id
         WHERE p.job = ? AND p.clause = ${BY_IDENTIFIER} AND p.state = ${PENDING} AND c.judged = 0 LIMIT ?`,
      job,
      limit,
    );
  }

  /** Notes that it has been asked whether a session's parent shares its children. */
  judged(job: number, { scope, id }: SessionRef): void {
    this.sql.exec(
      "UPDATE children SET judged = 1 WHERE job = ? AND scope = ? AND id = ?",
      job,
      scope,
      id,
    );
  }

  /** The next scope whose sessions have made, themselves or by others, some that are still to go; null: none. */
  nextMaker(job: number, after: string): string | null {
    return this.sql
      .exec<{ scope: string | null }>(
        `${MAKERS} SELECT min(scope) AS scope FROM maker WHERE scope > ?2`,
        job,
        after,
      )
      .one().scope;
  }

  /** Seqs of what is still to go and was made by sessions of a scope. */
  madeBy(job: number, scope: string): number[] {
    return this.rows<{ seq: number }>(
      `${MAKERS} SELECT DISTINCT seq FROM maker WHERE scope = ?2`,
      job,
      scope,
    ).map(({ seq }) => seq);
  }

  /** Notes of sessions whose removal was attempted that they stay, should they still be there. */
  leaveIfThere(job: number, refs: readonly SessionRef[]): void {
    this.sql.exec(
      `UPDATE children SET stays = 1 WHERE job = ? AND (scope, id) IN (
         SELECT value ->> 0, value ->> 1 FROM json_each(?))`,
      job,
      JSON.stringify(refs.map(({ scope, id }) => [scope, id])),
    );
  }

  stays(job: number, { scope, id }: SessionRef): boolean {
    return (
      this.rows<unknown>(
        "SELECT 1 FROM children WHERE job = ? AND scope = ? AND id = ? AND stays = 1",
        job,
        scope,
        id,
      ).length > 0
    );
  }

  /** Seqs of planned children whose parent turned out to stay, with one of these dispositions. */
  ofLeft(job: number, dispositions: readonly Disposition[]): number[] {
    return this.rows<{ seq: number }>(
      `SELECT DISTINCT q.seq FROM plan q
         CROSS JOIN children c ON c.job = q.job AND c.scope = q.scope AND c.id = q.id
         CROSS JOIN plan p ON p.job = c.job AND p.scope = c.parent_scope AND p.id = c.parent_id AND p.clause < 0
         WHERE q.job = ? AND q.clause = ${AS_CHILD} AND q.state = ${PENDING}
           AND p.disposition IN (SELECT value FROM json_each(?))`,
      job,
      JSON.stringify(dispositions),
    ).map(({ seq }) => seq);
  }

  /** Children, not yet in the plan, of sessions that are, and as what their parent is left. */
  ofPlanned(
    job: number,
    limit: number,
  ): (Child & { readonly parent_shared: boolean; readonly parent_held: boolean })[] {
    return this.rows<Child & { shared: number; held: number }>(
      `SELECT c.scope, c.id, c.parent_scope, c.parent_id, c.version,
                max(p.disposition IS 'shared') AS shared,
                max(p.disposition IS 'held') AS held, max(p.due_at) + 1 AS generation
         FROM plan p CROSS JOIN children c
           ON c.job = p.job AND c.parent_scope = p.scope AND c.parent_id = p.id
         WHERE p.job = ? AND p.clause < 0 AND p.disposition IS NOT 'renewed' AND NOT EXISTS (
           SELECT 1 FROM plan q WHERE q.job = c.job AND q.scope = c.scope AND q.id = c.id AND q.clause < 0)
         GROUP BY c.scope, c.id LIMIT ?`,
      job,
      limit,
    ).map(({ shared, held, ...child }) => ({
      ...child,
      parent_shared: shared === 1,
      parent_held: held === 1,
    }));
  }
}
