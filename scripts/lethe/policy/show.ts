import type { Paint } from "../../start/paint.ts";
import { idOf, type Change, type FieldChange } from "./compare.ts";
import type { Newly } from "./newly.ts";
import { plain } from "../plain.ts";

const SIGNS = { add: "+", change: "~", remove: "-" } as const;

/** One policy that differs, in a line for itself and one for each field. */
export function changeLines(change: Change, paint: Paint): string[] {
  const head = `${SIGNS[change.kind]} ${plain(idOf(change))}`;
  const remark =
    change.kind !== "add" && change.digest === null ? "  (the Worker's document is invalid)" : "";
  return [
    paint.bold(head) + paint.yellow(remark),
    ...(change.kind === "remove" ? [] : change.fields.map((field) => fieldLine(field, paint))),
  ];
}

function fieldLine({ field, from, to }: FieldChange, paint: Paint): string {
  const line = plain(`    ${field}: ${from === null ? "" : `${from} → `}${to ?? "not there"}`);
  return field === "mode" && to === '"enforce"' ? paint.red(line) : line;
}

/** What a preview of a change says, in one line. */
export function newlyLine(newly: Newly, paint: Paint): string {
  if (newly.kind === "unknown") {
    return paint.dim(`    not previewed: ${newly.why}`);
  }
  const { due, difference, guard, sweep } = newly;
  const counts =
    difference === null
      ? `due now: ${count(due)}`
      : `due now: ${count(due)}; newly: ${count(difference.added)}; no longer: ${count(difference.removed)}`;
  const stop = guard === null ? "" : `; would stop as ${guard}`;
  const line = `    ${counts}${stop}  (${sweep})`;
  return (difference?.added ?? due) > 0 ? paint.yellow(line) : line;
}

/** How many policies differ in which way, in one sentence. */
export function summaryLine(changes: readonly Change[]): string {
  const of = (kind: Change["kind"]): number => changes.filter((one) => one.kind === kind).length;
  return changes.length === 0
    ? "nothing differs"
    : `${of("add")} to add, ${of("change")} to change, ${of("remove")} without a file`;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
