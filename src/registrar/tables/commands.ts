import type { Command, StopAs } from "../../contract/custodian.ts";
import { Table } from "../../platform/table.ts";

export interface QueuedCommand {
  readonly no: number;
  readonly source: string;
  readonly command: Command;
  /** As it is stored. */
  readonly text: string;
}

/** Which job a command is about. */
const JOB = "coalesce(command ->> '$.id', command ->> '$.order.id')";

/** Commands on their way to the Custodians, in order, until they are acknowledged. */
export class Commands extends Table {
  put(source: string, command: Command): void {
    this.sql.exec(
      "INSERT INTO commands (source, command) VALUES (?, ?)",
      source,
      JSON.stringify(command),
    );
  }

  /** Sources that commands wait for. */
  sources(): string[] {
    return this.rows<{ source: string }>(
      "SELECT DISTINCT source FROM commands ORDER BY source",
    ).map(({ source }) => source);
  }

  /** The oldest command of one source; one at a time, because those after it may be taken back. */
  first(source: string): QueuedCommand | null {
    const [row] = this.rows<{ no: number; command: string }>(
      "SELECT no, command FROM commands WHERE source = ? ORDER BY no LIMIT 1",
      source,
    );
    return row === undefined
      ? null
      : { ...row, source, text: row.command, command: JSON.parse(row.command) as Command };
  }

  /** Has a job stopped: what was wanted of it before and has not been taken is taken back. */
  stop(source: string, id: string, as: StopAs): void {
    if (this.stops(source).has(id)) {
      return;
    }
    this.sql.exec(`DELETE FROM commands WHERE source = ? AND ${JOB} = ?`, source, id);
    this.put(source, { do: "stop", id, as });
  }

  /** Jobs of a source whose stop is on its way. */
  stops(source: string): ReadonlyMap<string, StopAs> {
    return new Map(
      this.rows<{ id: string; stop_as: StopAs }>(
        `SELECT ${JOB} AS id, command ->> '$.as' AS stop_as FROM commands
           WHERE source = ? AND command ->> '$.do' = 'stop'`,
        source,
      ).map(({ id, stop_as: as }) => [id, as]),
    );
  }

  /** Whether something of a job is on its way to a source, as it is now. */
  onTheirWay(): (source: string, id: string) => boolean {
    const jobs = new Set(
      this.rows<{ source: string; id: string }>(`SELECT source, ${JOB} AS id FROM commands`).map(
        ({ source, id }) => `${source}\n${id}`,
      ),
    );
    return (source, id) => jobs.has(`${source}\n${id}`);
  }

  /** Erasures whose order a source has not taken yet, each with that source. */
  untakenErasures(): { source: string; id: string }[] {
    return this.rows<{ source: string; id: string }>(
      `SELECT source, command ->> '$.order.id' AS id FROM commands
         WHERE command ->> '$.do' = 'start' AND command ->> '$.order.kind' = 'erasure' ORDER BY no`,
    );
  }

  /** Takes an order back that has not been taken; false: it has been. */
  takeBack(source: string, id: string): boolean {
    return (
      this.sql.exec(
        `DELETE FROM commands
         WHERE source = ? AND command ->> '$.do' = 'start' AND command ->> '$.order.id' = ?`,
        source,
        id,
      ).rowsWritten > 0
    );
  }

  count(): number {
    return this.number("SELECT count(*) AS n FROM commands");
  }

  /** Takes a command away that has been taken. One that was taken back has left its number to another. */
  acknowledged({ no, text }: QueuedCommand): void {
    this.sql.exec("DELETE FROM commands WHERE no = ? AND command = ?", no, text);
  }
}
