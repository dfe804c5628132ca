import { idOf, type Change, type FieldChange } from "./compare.ts";
import type { Newly } from "./newly.ts";
import { count, wrap } from "../layout.ts";
import type { Output } from "../output.ts";
import { plain } from "../plain.ts";

const INDENT = "    ";
const SIGNS = { add: "+", change: "~" } as const;

/** One policy that differs, in a line for itself and one for each field; wider ones are broken. */
export function changeLines(change: Change, { paint, width }: Show, isPruned = false): string[] {
  if (change.kind === "remove") {
    const fate = isPruned
      ? "and is deleted"
      : "and stays; npx lethe policy push --prune deletes it";
    return wrap(`${isPruned ? "- " : ""}${idOf(change)} has no file, ${fate}`, width);
  }
  const head = `${SIGNS[change.kind]} ${plain(idOf(change))}`;
  const remark =
    change.kind === "change" && change.digest === null
      ? "  (the Worker's document is invalid)"
      : "";
  return [
    paint.bold(head) + paint.yellow(remark),
    ...change.fields.flatMap((field) => fieldLines(field, { paint, width })),
  ];
}

type Show = Pick<Output, "paint" | "width">;

function fieldLines({ field, from, to }: FieldChange, { paint, width }: Show): string[] {
  const text = `${field}: ${from === null ? "" : `${from} → `}${to ?? "not there"}`;
  const lines = wrap(text, width, INDENT);
  return field === "mode" && to === '"enforce"' ? lines.map(paint.red) : lines;
}

/** What a preview of a change says. */
export function newlyLines(newly: Newly, { paint, width }: Show): string[] {
  if (newly.kind === "unknown") {
    return wrap(`not previewed: ${newly.why}`, width, INDENT).map(paint.dim);
  }
  const { due, difference, guard, sweep } = newly;
  const counts =
    difference === null
      ? `due now: ${count(due)}`
      : `due now: ${count(due)}; newly: ${count(difference.added)}; no longer: ${count(difference.removed)}`;
  const stop = guard === null ? "" : `; would stop as ${guard}`;
  const lines = wrap(`${counts}${stop}  (${sweep})`, width, INDENT);
  return (difference?.added ?? due) > 0 ? lines.map(paint.yellow) : lines;
}

/** How many policies differ in which way, in one sentence. */
export function summaryLine(changes: readonly Change[]): string {
  const of = (kind: Change["kind"]): number => changes.filter((one) => one.kind === kind).length;
  return changes.length === 0
    ? "nothing differs"
    : `${of("add")} to add, ${of("change")} to change, ${of("remove")} without a file`;
}
