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

  /** Sources that commands wait for. */
  sources(): string[] {
    return this.#sql
      .exec<{ source: string }>("SELECT DISTINCT source FROM commands ORDER BY source")
      .toArray()
      .map(({ source }) => source);
  }

  /** The oldest commands of one source, in order. */
  pending(source: string, limit: number): QueuedCommand[] {
    return this.#sql
      .exec<{ no: number; source: string; command: string }>(
        "SELECT no, source, command FROM commands WHERE source = ? ORDER BY no LIMIT ?",
        source,
        limit,
      )
      .toArray()
      .map(({ no, command }) => ({ no, source, command: JSON.parse(command) as Command }));
  }

  count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM commands").one().n;
  }

  acknowledged(no: number): void {
    this.#sql.exec("DELETE FROM commands WHERE no = ?", no);
  }
}
