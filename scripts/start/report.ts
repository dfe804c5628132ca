import { WAITING_SWEEPS, type SweepReport } from "../../src/core/report/sweep.ts";
import type { Paint } from "./paint.ts";

const COLUMNS = ["examined", "due", "removed", "renewed", "failed"] as const;
const COLUMN_WIDTH = 9;
const TOOK_WIDTH = 8;

/** The line above the first sweep. `width` is that of the longest policy id. */
export function headerLine(width: number, paint: Paint): string {
  const names = COLUMNS.map((name) => name.padStart(COLUMN_WIDTH)).join("");
  return paint.dim(
    `${"time".padEnd(10)}${"policy".padEnd(width)}${names}${"took".padStart(TOOK_WIDTH)}`,
  );
}

/** One sweep in one line: what it looked at, what it removed, and, if it is not done, what to do. */
export function sweepLine(sweep: SweepReport, clock: string, width: number, paint: Paint): string {
  const { dispositions } = sweep;
  const failed =
    (dispositions.refused ?? 0) + (dispositions.unreachable ?? 0) + (dispositions.unknown ?? 0);
  const values: Readonly<Record<(typeof COLUMNS)[number], number>> = {
    examined: sweep.counts.examined,
    due: sweep.counts.due,
    removed: (dispositions.deleted ?? 0) + (dispositions.absent_after_attempt ?? 0),
    renewed: dispositions.renewed ?? 0,
    failed,
  };
  const cells = COLUMNS.map((name) => {
    const text = values[name].toLocaleString("en-US").padStart(COLUMN_WIDTH);
    return name === "failed" && failed > 0 ? paint.red(text) : text;
  });
  const remark = remarkOn(sweep);
  return [
    paint.dim(clock.padEnd(10)),
    sweep.policy.padEnd(width),
    ...cells,
    tookOf(sweep).padStart(TOOK_WIDTH),
    remark === "" ? "" : `  ${paint.yellow(remark)}`,
  ].join("");
}

/** What the numbers do not say, or nothing. */
function remarkOn(sweep: SweepReport): string {
  const others = (["already_absent", "held", "untouched"] as const).flatMap((name) => {
    const count = sweep.dispositions[name] ?? 0;
    return count === 0 ? [] : [`${name} ${count.toLocaleString("en-US")}`];
  });
  return [statusRemark(sweep), ...others].filter((text) => text !== "").join("; ");
}

function statusRemark({ id, status, plan_digest, error }: SweepReport): string {
  if (status === "completed") {
    return "";
  }
  if (status === "observed") {
    return "observed: nothing removed (mode observe)";
  }
  if (WAITING_SWEEPS.has(status)) {
    const body = JSON.stringify({ plan_digest });
    return `${status}, nothing removed: to approve, POST /v1/sweeps/${id}/approve ${body}`;
  }
  return error === null ? status : `${status}: ${error.message}`;
}

function tookOf({ created_at, finished_at }: SweepReport): string {
  if (finished_at === null) {
    return "…";
  }
  const ms = Date.parse(finished_at) - Date.parse(created_at);
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}
