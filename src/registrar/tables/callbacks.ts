import type { CallbackType } from "../../core/report/callback.ts";
import { Table } from "../../platform/table.ts";

/** One event on its way to the deployment's callback. */
export interface Callback {
  readonly id: string;
  readonly type: CallbackType;
  readonly body: string;
  readonly created_at: number;
  readonly tries: number;
}

/** An event about the same is not announced again for so long. */
const QUIET_MS = 86_400_000;

/** Events that wait at most: a receiver that is away for days should not fill the Registrar. */
const MOST_WAITING = 1000;

/** Events on their way to the callback, until it takes them; then for a day, so that none is told twice. */
export class Callbacks extends Table {
  /** Puts an event in line; `known` if the like was within a day, `full` if too many wait. */
  put(
    { id, type, body }: Pick<Callback, "id" | "type" | "body">,
    about: string,
    now: number,
  ): "put" | "known" | "full" {
    this.sql.exec("DELETE FROM callbacks WHERE due_at IS NULL AND created_at < ?", now - QUIET_MS);
    const known = this.number(
      "SELECT count(*) AS n FROM callbacks WHERE type = ? AND about = ? AND created_at > ?",
      type,
      about,
      now - QUIET_MS,
    );
    if (known > 0) {
      return "known";
    }
    if (this.waiting() >= MOST_WAITING) {
      return "full";
    }
    this.sql.exec(
      `INSERT INTO callbacks (id, type, about, body, created_at, due_at, tries)
       VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0)`,
      id,
      type,
      about,
      body,
      now,
    );
    return "put";
  }

  /** Those whose time has come, so many at once. */
  due(now: number, limit: number): Callback[] {
    return this.rows<Callback>(
      `SELECT id, type, body, created_at, tries FROM callbacks
         WHERE due_at <= ? ORDER BY due_at LIMIT ?`,
      now,
      limit,
    );
  }

  /** When the next one is due; null when none waits. */
  earliest(): number | null {
    const query = "SELECT min(due_at) AS at FROM callbacks WHERE due_at NOT NULL";
    return this.rows<{ at: number | null }>(query)[0]?.at ?? null;
  }

  waiting(): number {
    return this.number("SELECT count(*) AS n FROM callbacks WHERE due_at NOT NULL");
  }

  retry(id: string, at: number): void {
    this.sql.exec("UPDATE callbacks SET due_at = ?, tries = tries + 1 WHERE id = ?", at, id);
  }

  /** It was taken, or given up: what is left of it says for a day that it was announced. */
  close(id: string): void {
    this.sql.exec("UPDATE callbacks SET due_at = NULL, body = '' WHERE id = ?", id);
  }
}
