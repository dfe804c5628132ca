import type { Command } from "../custodian/contract.ts";

export interface QueuedCommand {
  readonly no: number;
  readonly source: string;
  readonly command: Command;
}

/** Commands on their way to the Custodians, in order, until they are acknowledged. */
export class Commands {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  put(source: string, command: Command): void {
    this.#sql.exec(
      "INSERT INTO commands (source, command) VALUES (?, ?)",
      source,
      JSON.stringify(command),
    );
  }

  /** The oldest ones, but for sources that could not be reached: one that is away holds up no other. */
  pending(away: readonly string[] = []): QueuedCommand[] {
    return this.#sql
      .exec<{ no: number; source: string; command: string }>(
        `SELECT no, source, command FROM commands
         WHERE source NOT IN (SELECT value FROM json_each(?)) ORDER BY no LIMIT 200`,
        JSON.stringify(away),
      )
      .toArray()
      .map(({ no, source, command }) => ({ no, source, command: JSON.parse(command) as Command }));
  }

  count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM commands").one().n;
  }

  acknowledged(no: number): void {
    this.#sql.exec("DELETE FROM commands WHERE no = ?", no);
  }
}
