import { figure, minuteOf } from "../../src/core/values/words.ts";
import { plain } from "./plain.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const BAR_WIDTH = 24;

export type Cell = string | number;

/**
 * Rows under their titles, numbers at the right. Nothing is cut, because it may be pasted next: where a terminal
 * is too narrow, each row has its first cell on a line, and under it the others with their titles.
 */
export function table(
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
  width: number,
): string[] {
  const texts = rows.map((row) =>
    row.map((cell) => (typeof cell === "number" ? figure(cell) : plain(cell))),
  );
  const cells = [titles, ...texts];
  const widths = titles.map((_, at) => Math.max(...cells.map((row) => lengthOf(row[at] ?? ""))));
  if (widths.reduce((sum, one) => sum + one + 2, -2) > width) {
    return texts.flatMap(([first = "", ...others]) => {
      // A title stays on the line of what it stands for.
      const titled = others.map((cell, at) => `${titles[at + 1]}:${GLUE}${cell}`);
      return [first, ...wrap(titled.join(", "), width, "  ")];
    });
  }
  return cells.map((row) =>
    row
      .map((text, at) => {
        const space = " ".repeat((widths[at] ?? 0) - lengthOf(text));
        return typeof rows[0]?.[at] === "number" ? space + text : text + space;
      })
      .join("  ")
      .trimEnd(),
  );
}

/** A space at which no line is broken. */
const GLUE = "\u00A0";

/** A text that stays in one line where there is room for it: a command, say. */
export function unbroken(text: string): string {
  return text.replaceAll(" ", GLUE);
}

/** A text in lines of a width, broken at spaces where there are any. */
export function wrap(text: string, width: number, indent = ""): string[] {
  const room = Math.max(20, width - indent.length);
  const lines: string[] = [];
  let line = "";
  for (const word of plain(text).split(" ")) {
    let rest = word;
    if (line !== "" && lengthOf(line) + 1 + lengthOf(rest) > room) {
      lines.push(line);
      line = "";
    }
    while (lengthOf(rest) > room) {
      const signs = signsOf(rest);
      lines.push(signs.slice(0, room).join(""));
      rest = signs.slice(room).join("");
    }
    line = line === "" ? rest : `${line} ${rest}`;
  }
  return [...lines, line].map((one) => indent + one.replaceAll(GLUE, " "));
}

/** A text of a length at most: what is left out shows as an ellipsis. */
export function cut(text: string, length: number): string {
  const signs = signsOf(text);
  return signs.length <= length ? text : `${signs.slice(0, Math.max(0, length - 1)).join("")}…`;
}

/** How many of what: "1 session", "2 sessions". */
export function counted(n: number, one: string): string {
  return `${figure(n)} ${one}${n === 1 ? "" : "s"}`;
}

/** A time with how long ago it was, or how far ahead it is. */
export function when(time: string | null, now: number): string {
  if (time === null) {
    return "never";
  }
  const at = Date.parse(time);
  const far = at > now ? `in ${lasting(at - now)}` : `${lasting(now - at)} ago`;
  return `${minute(time)} (${far})`;
}

/** A time to the minute. */
export function minute(time: string): string {
  return `${minuteOf(time)} UTC`;
}

/** A span in its largest unit. */
export function lasting(ms: number): string {
  const units = [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "min"],
  ] as const;
  const [unit, name] = units.find(([least]) => ms >= least) ?? [1000, "s"];
  return `${figure(Math.floor(ms / unit))} ${name}`;
}

/** A bar for what is done of a whole, with the time left by the pace since it began. */
export function bar(
  { done, of, verb }: { readonly done: number; readonly of: number; readonly verb: string },
  elapsedMs: number,
): string {
  const share = of === 0 ? 0 : Math.min(1, done / of);
  const full = Math.floor(share * BAR_WIDTH);
  const left = done > 0 && done < of ? `  ${lasting((elapsedMs * (of - done)) / done)} left` : "";
  return `${verb}  [${"#".repeat(full)}${".".repeat(BAR_WIDTH - full)}]  ${figure(done)} of ${figure(of)}${left}`;
}

function lengthOf(text: string): number {
  return signsOf(text).length;
}

const SIGNS = new Intl.Segmenter("en");

/** What a reader sees as one sign each. */
function signsOf(text: string): string[] {
  return Array.from(SIGNS.segment(text), ({ segment }) => segment);
}
