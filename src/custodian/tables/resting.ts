import { Table } from "../../platform/table.ts";
import type { Disposition } from "../../core/count/disposition.ts";
import type { Keyring } from "../../core/values/hash.ts";
import type { SessionRef } from "../../core/session/session.ts";

/** The first rest, doubled by each that follows, up to the longest. Milliseconds. */
const FIRST_MS = 600_000;
const LONGEST_MS = 86_400_000;

/** Ends after which a session would meet the same end in the very next sweep. */
export const NEEDS_REST: ReadonlySet<Disposition> = new Set([
  "refused",
  "unreachable",
  "unknown",
  "awaits_children",
]);

/**
 * Sessions that a sweep could not remove. They stay due and stay counted, but the next plans leave them
 * out for a while, so that they cannot use up every budget. Kept under a keyed hash, a day beyond the rest.
 */
export class RestingTable extends Table {
  readonly #keyring: Keyring;

  constructor(sql: SqlStorage, keyring: Keyring) {
    super(sql);
    this.#keyring = keyring;
  }

  /** Which sessions rest at a time: a test that costs nothing while none does. */
  at(now: number): (ref: SessionRef) => boolean {
    this.sql.exec("DELETE FROM resting WHERE until < ?", now - LONGEST_MS);
    // A rest of more than the longest was set by a clock that ran ahead.
    this.sql.exec("DELETE FROM resting WHERE until > ?", now + LONGEST_MS);
    const [any] = this.rows<unknown>("SELECT 1 FROM resting WHERE until > ? LIMIT 1", now);
    return any === undefined ? () => false : (ref) => this.#rests(ref, now);
  }

  add(ref: SessionRef, now: number): void {
    this.sql.exec(
      `INSERT INTO resting (session, until, times) VALUES (?1, ?2 + ${FIRST_MS}, 1)
       ON CONFLICT (session) DO UPDATE SET times = times + 1,
         until = ?2 + min(${LONGEST_MS}, ${FIRST_MS} * (1 << min(times, 10)))`,
      this.#key(ref),
      now,
    );
  }

  #rests(ref: SessionRef, now: number): boolean {
    return (
      this.rows<unknown>(
        "SELECT 1 FROM resting WHERE session = ? AND until > ?",
        this.#key(ref),
        now,
      ).length > 0
    );
  }

  #key({ scope, id }: SessionRef): string {
    return this.#keyring.hash("session", `${scope}\n${id}`);
  }
}
