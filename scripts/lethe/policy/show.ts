import { figure } from "../../../src/core/values/words.ts";
import { idOf, type Change } from "./compare.ts";
import type { Newly } from "./newly.ts";
import type { Output } from "../output.ts";
import { plain } from "../plain.ts";

const INDENT = "    ";
const SIGNS = { add: "+", change: "~" } as const;

/** One policy that differs, in a line for itself and one for each field. */
export function showChange(change: Change, output: Output, isPruned = false): void {
  const { say, line, paint } = output;
  if (change.kind === "remove") {
    const fate = isPruned
      ? "and is deleted"
      : "and stays; npx lethe policy push --prune deletes it";
    say(`${isPruned ? "- " : ""}${idOf(change)} has no file, ${fate}`);
    return;
  }
  const isInvalid = change.kind === "change" && change.digest === null;
  const remark = isInvalid ? "  (the Worker's document is invalid)" : "";
  line(paint.bold(`${SIGNS[change.kind]} ${plain(idOf(change))}`) + paint.yellow(remark));
  for (const { field, from, to } of change.fields) {
    const isAlarming = field === "mode" && to === '"enforce"';
    const text = `${field}: ${from === null ? "" : `${from} → `}${to ?? "not there"}`;
    say(text, INDENT, isAlarming ? paint.red : undefined);
  }
}

/** What a preview of a change says. */
export function showNewly(newly: Newly, { say, paint }: Output): void {
  if (newly.kind === "unknown") {
    say(`not previewed: ${newly.why}`, INDENT, paint.dim);
    return;
  }
  const { due, difference, guard, sweep } = newly;
  const counts =
    difference === null
      ? `due now: ${figure(due)}`
      : `due now: ${figure(due)}; newly: ${figure(difference.added)}; no longer: ${figure(difference.removed)}`;
  const stop = guard === null ? "" : `; would stop as ${guard}`;
  const isMore = (difference?.added ?? due) > 0;
  say(`${counts}${stop}  (${sweep})`, INDENT, isMore ? paint.yellow : undefined);
}

/** How many policies differ in which way, in one sentence. */
export function summaryLine(changes: readonly Change[]): string {
  const of = (kind: Change["kind"]): number => changes.filter((one) => one.kind === kind).length;
  return changes.length === 0
    ? "nothing differs"
    : `${of("add")} to add, ${of("change")} to change, ${of("remove")} without a file`;
}
