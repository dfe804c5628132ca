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

  /** Erasures whose order a source has not taken yet, each with that source. */
  untakenErasures(): { source: string; id: string }[] {
    return this.#sql
      .exec<{ source: string; id: string }>(
        `SELECT source, command ->> '$.order.id' AS id FROM commands
         WHERE command ->> '$.do' = 'start' AND command ->> '$.order.kind' = 'erasure' ORDER BY no`,
      )
      .toArray();
  }

  /** Takes an order back that has not been taken; false: it has been. */
  takeBack(source: string, id: string): boolean {
    return (
      this.#sql.exec(
        `DELETE FROM commands
         WHERE source = ? AND command ->> '$.do' = 'start' AND command ->> '$.order.id' = ?`,
        source,
        id,
      ).rowsWritten > 0
    );
  }

  count(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM commands").one().n;
  }

  acknowledged(no: number): void {
    this.#sql.exec("DELETE FROM commands WHERE no = ?", no);
  }
}
