import type { Keyring } from "../core/hash.ts";
import type { Session } from "../core/session.ts";
import { PENDING } from "./plan.ts";

/** Field types that name the person a policy's `keep.latest` counts by, the first one present. */
const SESSION_TYPES = new Set(["client_session_id", "agent_session_id", "customer_key"]);

/** Who has which sessions, while a policy keeps the newest of each person. People only as keyed hashes. */
export class People {
  readonly #sql: SqlStorage;
  readonly #keyring: Keyring;

  constructor(sql: SqlStorage, keyring: Keyring) {
    this.#sql = sql;
    this.#keyring = keyring;
  }

  /** A session that names nobody is nobody's newest, and is not entered. */
  add(job: number, session: Session): void {
    const named = session.person.find(
      ({ type, values }) => !SESSION_TYPES.has(type) && values.length > 0,
    );
    const newestAt = session.clocks.last_active_at ?? session.clocks.created_at ?? null;
    if (named === undefined || newestAt === null) {
      return;
    }
    this.#sql.exec(
      "INSERT OR IGNORE INTO people (job, person, newest_at, scope, id) VALUES (?, ?, ?, ?, ?)",
      job,
      this.#keyring.hash("subject", JSON.stringify([named.type, named.values[0]])),
      newestAt,
      session.scope,
      session.id,
    );
  }

  /** Takes the newest `latest` sessions of each person out of the plan; answers how many there were. */
  keepLatest(job: number, latest: number): number {
    return this.#sql.exec(
      `DELETE FROM plan WHERE job = ? AND state = ${PENDING} AND (scope, id) IN (
         SELECT scope, id FROM (
           SELECT scope, id, row_number() OVER (PARTITION BY person ORDER BY newest_at DESC, id) AS place
           FROM people WHERE job = ?)
         WHERE place <= ?)`,
      job,
      job,
      latest,
    ).rowsWritten;
  }

  clear(job: number): void {
    this.#sql.exec("DELETE FROM people WHERE job = ?", job);
  }
}
