import type { Keyring } from "../core/hash.ts";
import type { Session, SessionRef } from "../core/session.ts";
import { INCOMPARABLE } from "../sources/person.ts";
import { PENDING } from "./plan.ts";

/** Field types that name no person: a policy's `keep.latest` counts by the first other one present. */
const SESSION_TYPES = new Set(["client_session_id", "agent_session_id", "customer_key"]);

/** Whether a session has its place among its people's; `unknown`: nobody knows its age, or whose it is. */
export type Place = "placed" | "nobody" | "unknown";

/** Who has which sessions, while a policy keeps the newest of each person. People only as keyed hashes. */
export class People {
  readonly #sql: SqlStorage;
  readonly #keyring: Keyring;

  constructor(sql: SqlStorage, keyring: Keyring) {
    this.#sql = sql;
    this.#keyring = keyring;
  }

  /** Enters a session for everybody it names; `active` is a sign of life that its clocks do not tell. */
  add(job: number, session: Session, active: number | null): Place {
    const named = session.person.find(
      ({ type, values }) => !SESSION_TYPES.has(type) && values.length > 0,
    );
    const { last_active_at: activity, created_at: created } = session.clocks;
    const newestAt = Math.max(activity ?? created ?? -Infinity, active ?? -Infinity);
    if (named === undefined) {
      return "nobody";
    }
    // What cannot be compared may name anybody: all such sessions would count as one person's.
    if (newestAt === -Infinity || named.values.includes(INCOMPARABLE)) {
      return "unknown";
    }
    for (const value of named.values) {
      this.#sql.exec(
        `INSERT INTO people (job, person, newest_at, scope, id) VALUES (?, ?, ?, ?, ?)
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

  /** A session that has been entered was active at a moment. */
  seen(job: number, { scope, id }: SessionRef, at: number): void {
    this.#sql.exec(
      "UPDATE people SET newest_at = max(newest_at, ?) WHERE job = ? AND scope = ? AND id = ?",
      at,
      job,
      scope,
      id,
    );
  }

  /** Takes the newest `latest` sessions of each person out of the plan. */
  keepLatest(job: number, latest: number): void {
    this.#sql.exec(
      `DELETE FROM plan WHERE job = ? AND state = ${PENDING} AND (scope, id) IN (
         SELECT scope, id FROM (
           SELECT scope, id,
             row_number() OVER (PARTITION BY person ORDER BY newest_at DESC, scope, id) AS place
           FROM people WHERE job = ?)
         WHERE place <= ?)`,
      job,
      job,
      latest,
    );
  }

  clear(job: number): void {
    this.#sql.exec("DELETE FROM people WHERE job = ?", job);
  }
}
