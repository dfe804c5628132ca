import { Table } from "../../platform/table.ts";
import type { Keyring } from "../../core/values/hash.ts";
import type { SessionRef } from "../../core/session/session.ts";

/** Rows that one statement forgets. */
const FORGET = 2000;

/** Stands for the last sign of life of a session that has none. */
const NEVER = 0;

/**
 * When sessions were last seen active, so that an active one is not walked again until it could be due, and
 * one whose walk came to its end without such a sign is not walked again before its removal. Kept under a
 * keyed hash; rows that a complete list has not confirmed go. A selection is named by its cutoff, and confirms
 * every session that it lists, because another policy may have walked it.
 */
export class ActivityTable extends Table {
  readonly #keyring: Keyring;
  readonly #account: string;

  /** `account` tells one account from another, in which an id is another session. */
  constructor(sql: SqlStorage, keyring: Keyring, account: string) {
    super(sql);
    this.#keyring = keyring;
    this.#account = account;
  }

  /** The latest known sign of life of a listed session, or null. `selection` has now seen it. */
  confirm(ref: SessionRef, selection: number): number | null {
    const key = this.#key(ref);
    const [row] = this.rows<{ active_at: number }>(
      "SELECT active_at FROM activity WHERE session = ?",
      key,
    );
    if (row === undefined) {
      return null;
    }
    this.sql.exec(
      "UPDATE activity SET seen_in = ? WHERE session = ? AND seen_in < ?",
      selection,
      key,
      selection,
    );
    return row.active_at === NEVER ? null : row.active_at;
  }

  remember(ref: SessionRef, activeAt: number, selection: number): void {
    this.sql.exec(
      `INSERT INTO activity (session, active_at, seen_in) VALUES (?, ?, ?)
       ON CONFLICT (session) DO UPDATE SET active_at = max(active_at, excluded.active_at), idle = 0,
         seen_in = max(seen_in, excluded.seen_in)`,
      this.#key(ref),
      activeAt,
      selection,
    );
  }

  /** Remembers a walk that came to its end: a session's last sign of life; null: it has none. */
  rememberIdle(ref: SessionRef, lastActiveAt: number | null, selection: number): void {
    this.sql.exec(
      `INSERT INTO activity (session, active_at, seen_in, idle) VALUES (?, ?, ?, 1)
       ON CONFLICT (session) DO UPDATE SET idle = excluded.active_at >= active_at,
         active_at = max(active_at, excluded.active_at), seen_in = max(seen_in, excluded.seen_in)`,
      this.#key(ref),
      lastActiveAt ?? NEVER,
      selection,
    );
  }

  /** What the last whole walk of a session came to; null when none did, or it was seen active since. */
  idle(ref: SessionRef): { readonly last_active_at: number | null } | null {
    const [row] = this.rows<{ active_at: number }>(
      "SELECT active_at FROM activity WHERE session = ? AND idle = 1",
      this.#key(ref),
    );
    return row === undefined
      ? null
      : { last_active_at: row.active_at === NEVER ? null : row.active_at };
  }

  forget(ref: SessionRef): void {
    this.sql.exec("DELETE FROM activity WHERE session = ?", this.#key(ref));
  }

  /**
   * Forgets sessions that a complete selection did not see, nor any later one, so many at a time; true when
   * there may be more.
   */
  forgetUnseen(selection: number): boolean {
    const { rowsWritten } = this.sql.exec(
      `DELETE FROM activity WHERE session IN (
         SELECT session FROM activity WHERE seen_in < ? LIMIT ${FORGET})`,
      selection,
    );
    return rowsWritten >= FORGET;
  }

  #key({ scope, id }: SessionRef): string {
    return this.#keyring.hash("session", `${this.#account}\n${scope}\n${id}`);
  }
}
