import type { Pause } from "../../core/hold/switch.ts";
import type { SwitchTurn } from "../../core/report/hold.ts";
import type { LateBySource } from "./holds.ts";
import { Table } from "../../platform/table.ts";

/** The row of the pause of all sources: no source has an empty name. */
const ALL = "";

/** Turns of the switch that are kept. */
const TURNS_KEPT = 100;

/** A pause, and what it came too late for. */
export interface StoredPause {
  readonly pause: Pause;
  readonly late: LateBySource;
}

/** The switch, and which version of the restraints each Custodian has said that it obeys. */
export class SwitchTable extends Table {
  setPause({ pause, late }: StoredPause): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO pauses (target, pause, late) VALUES (?, ?, ?)",
      pause.source ?? ALL,
      JSON.stringify(pause),
      JSON.stringify(late),
    );
  }

  /** Takes a pause away, null that of all sources; false when there was none. */
  clearPause(source: string | null): boolean {
    return this.sql.exec("DELETE FROM pauses WHERE target = ?", source ?? ALL).rowsWritten > 0;
  }

  stored(): StoredPause[] {
    return this.rows<{ pause: string; late: string }>(
      "SELECT pause, late FROM pauses ORDER BY target",
    ).map(({ pause, late }) => ({
      pause: JSON.parse(pause) as Pause,
      late: JSON.parse(late) as LateBySource,
    }));
  }

  pauses(): Pause[] {
    return this.stored().map(({ pause }) => pause);
  }

  /** Notes a turn of the switch, and forgets the oldest above a hundred. */
  noteTurn(turn: SwitchTurn): void {
    this.sql.exec("INSERT INTO switch_turns (turn) VALUES (?)", JSON.stringify(turn));
    this.sql.exec(
      "DELETE FROM switch_turns WHERE no <= (SELECT max(no) FROM switch_turns) - ?",
      TURNS_KEPT,
    );
  }

  /** The turns that are kept, the newest first. */
  turns(): SwitchTurn[] {
    return this.rows<{ turn: string }>("SELECT turn FROM switch_turns ORDER BY no DESC").map(
      ({ turn }) => JSON.parse(turn) as SwitchTurn,
    );
  }

  /** The version that a Custodian has last said it obeys; 0 if it never did. */
  acknowledged(source: string): number {
    const [row] = this.rows<{ version: number }>(
      "SELECT version FROM restraint_acks WHERE source = ?",
      source,
    );
    return row?.version ?? 0;
  }

  acknowledge(source: string, version: number): void {
    this.sql.exec(
      `INSERT INTO restraint_acks (source, version) VALUES (?1, ?2)
       ON CONFLICT (source) DO UPDATE SET version = max(version, ?2)`,
      source,
      version,
    );
  }
}
