import { stripVTControlCharacters } from "node:util";
import { WAITING_SWEEPS, type SweepReport } from "../../../src/core/report/sweep.ts";
import { figure } from "../../../src/core/values/words.ts";
import { cut } from "../../lethe/layout.ts";
import { removedOf } from "../../lethe/words.ts";
import { approveWith } from "./advice.ts";
import type { Paint } from "./paint.ts";
import { hang } from "./paper.ts";

/** The table with the longest shipped policy is 79 wide. */
const COLUMNS = { examined: 9, due: 8, removed: 8, renewed: 8, failed: 7 } as const;
const NAMES = ["examined", "due", "removed", "renewed", "failed"] as const;
const TOOK_WIDTH = 7;
/** Of the time in front of each line. */
export const CLOCK_WIDTH = 9;

/** For a number that its column has no room for. */
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/** The line above the first sweep. `width` is that of the longest policy id. */
export function headerLine(width: number, paint: Paint): string {
  const names = NAMES.map((name) => name.padStart(COLUMNS[name])).join("");
  const time = "time".padEnd(CLOCK_WIDTH);
  return paint.dim(`${time}${"policy".padEnd(width)}${names}${"took".padStart(TOOK_WIDTH)}`);
}

/**
 * One sweep in one line: what it looked at and what it removed. If it is not done, what to do stands behind
 * it, or below where `columns` has no room.
 */
export function sweepLines(
  sweep: SweepReport,
  clock: string,
  { width, columns, paint }: { width: number; columns: number; paint: Paint },
): string[] {
  const { dispositions } = sweep;
  const values: Readonly<Record<(typeof NAMES)[number], number>> = {
    examined: sweep.counts.examined,
    due: sweep.counts.due,
    removed: removedOf(dispositions),
    renewed: dispositions.renewed ?? 0,
    failed:
      (dispositions.refused ?? 0) + (dispositions.unreachable ?? 0) + (dispositions.unknown ?? 0),
  };
  const policy = cut(sweep.policy, width).padEnd(width);
  const cells = NAMES.map((name) => {
    const text = numberIn(values[name], COLUMNS[name]);
    return name === "failed" && values.failed > 0 ? paint.red(text) : text;
  });
  const time = clock.padEnd(CLOCK_WIDTH);
  const took = ` ${tookOf(sweep)}`.padStart(TOOK_WIDTH);
  const row = `${paint.dim(time)}${policy}${cells.join("")}${took}`;
  const remark = remarkOn(sweep);
  if (remark === "") {
    return [row];
  }
  if (stripVTControlCharacters(row).length + 2 + remark.length <= columns) {
    return [`${row}  ${paint.yellow(hang("", remark, columns)[0])}`];
  }
  const [first, ...rest] = hang(time, remark, columns);
  return [row, `${" ".repeat(CLOCK_WIDTH)}${paint.yellow(first)}`, ...rest.map(paint.yellow)];
}

/** What the numbers do not say, or nothing. */
function remarkOn(sweep: SweepReport): string {
  const others = (["already_absent", "held", "untouched"] as const).flatMap((name) => {
    const n = sweep.dispositions[name] ?? 0;
    return n === 0 ? [] : [`${name} ${figure(n)}`];
  });
  return [statusRemark(sweep), ...others].filter((text) => text !== "").join("; ");
}

function statusRemark({ id, status, trigger, approved_by, error }: SweepReport): string {
  if (status === "completed") {
    return "";
  }
  if (status === "observed") {
    return trigger === "preview" ? "preview: nothing removed" : "mode observe: nothing removed";
  }
  if (WAITING_SWEEPS.has(status)) {
    return `${status}: nothing removed; ${approveWith(id)}`;
  }
  const name = trigger === "preview" ? `preview ${status}` : status;
  if (error !== null) {
    return `${name}: ${error.message}`;
  }
  const by = approved_by.map((who) => who.name).join(", ");
  return by === "" ? name : `${name}, approved by ${by}`;
}

function numberIn(n: number, width: number): string {
  const exact = figure(n);
  return ` ${exact.length < width ? exact : SHORT.format(n)}`.padStart(width);
}

function tookOf({ created_at, finished_at }: SweepReport): string {
  if (finished_at === null) {
    return "…";
  }
  const ms = Date.parse(finished_at) - Date.parse(created_at);
  if (ms >= 99_950) {
    return `${Math.round(ms / 60_000)} min`;
  }
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
