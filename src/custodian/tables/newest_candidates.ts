import { Table } from "../../platform/table.ts";
import type { Keyring } from "../../core/values/hash.ts";
import type { PersonField, Session, SessionRef } from "../../core/session/session.ts";
import { INCOMPARABLE } from "../../core/session/person.ts";

/** Field types that name no person: a policy's `keep.latest` counts by the first other one present. */
const SESSION_TYPES = new Set(["client_session_id", "agent_session_id", "customer_key"]);

/** The field by which a session's person is told from others; undefined: it names nobody. */
export function personOf({ person }: Session): PersonField | undefined {
  return person.find(({ type, values }) => !SESSION_TYPES.has(type) && values.length > 0);
}

/** When a session was last seen alive, as its clocks tell; -Infinity: nobody knows. */
export function newestAtOf({
  clocks: { last_active_at: active, created_at: created },
}: Session): number {
  return active ?? created ?? -Infinity;
}

/** Whether a session has its place among those of its persons; `unknown`: nobody knows its age, or whose it is. */
export type Place = "placed" | "nobody" | "unknown";

/** Who has which sessions, while a policy keeps the newest of each person. Persons stand as keyed hashes only. */
export class NewestCandidates extends Table {
  readonly #keyring: Keyring;

  constructor(sql: SqlStorage, keyring: Keyring) {
    super(sql);
    this.#keyring = keyring;
  }

  /** Enters a session for everybody it names; `active` is a sign of life that its clocks do not tell. */
  add(job: number, session: Session, active: number | null): Place {
    const named = personOf(session);
    const newestAt = Math.max(newestAtOf(session), active ?? -Infinity);
    if (named === undefined) {
      return "nobody";
    }
    // What cannot be compared may name anybody: all such sessions would count as one person's.
    if (newestAt === -Infinity || named.values.includes(INCOMPARABLE)) {
      return "unknown";
    }
    for (const value of named.values) {
      this.sql.exec(
        `INSERT INTO newest_candidates (job, person, newest_at, scope, id) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET newest_at = max(newest_at, excluded.newest_at)`,
        job,
        this.#keyring.hash("subject", JSON.stringify([named.type, value])),
        newestAt,
        session.scope,
        session.id,
      );
    }
    return "placed";
  }

  /** A session that has been entered was active at a time. */
  seen(job: number, { scope, id }: SessionRef, at: number): void {
    this.sql.exec(
      "UPDATE newest_candidates SET newest_at = max(newest_at, ?) WHERE job = ? AND scope = ? AND id = ?",
      at,
      job,
      scope,
      id,
    );
  }

  /** The newest sign of life that is known of a session that has been entered; null: it has not been. */
  newestAt(job: number, { scope, id }: SessionRef): number | null {
    return this.sql
      .exec<{ at: number | null }>(
        "SELECT max(newest_at) AS at FROM newest_candidates WHERE job = ? AND scope = ? AND id = ?",
        job,
        scope,
        id,
      )
      .one().at;
  }

  /** Which of these sessions are noted as somebody's newest, in their order. */
  among(job: number, refs: readonly SessionRef[]): boolean[] {
    return this.rows<{ found: number }>(
      `SELECT EXISTS (SELECT 1 FROM newest
           WHERE job = ? AND scope = r.value ->> 0 AND id = r.value ->> 1) AS found
         FROM json_each(?) r ORDER BY r.key`,
      job,
      JSON.stringify(refs.map(({ scope, id }) => [scope, id])),
    ).map(({ found }) => found === 1);
  }

  /**
   * Notes the newest `latest` sessions of each person after one, until about `rows` sessions are
   * noted. Answers the last of these persons; null when there is nobody after them.
   */
  markNewest(job: number, latest: number, after: string, rows: number): string | null {
    let person = after;
    for (let marked = 0; marked < rows; marked += latest) {
      const { next } = this.sql
        .exec<{ next: string | null }>(
          "SELECT min(person) AS next FROM newest_candidates WHERE job = ? AND person > ?",
          job,
          person,
        )
        .one();
      if (next === null) {
        return null;
      }
      person = next;
      this.sql.exec(
        `INSERT OR IGNORE INTO newest (job, scope, id)
         SELECT job, scope, id FROM newest_candidates INDEXED BY newest_candidates_by_age WHERE job = ? AND person = ?
         ORDER BY newest_at DESC, scope, id LIMIT ?`,
        job,
        person,
        latest,
      );
    }
    return person;
  }
}
