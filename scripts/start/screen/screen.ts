import type { SweepReport } from "../../../src/core/report/sweep.ts";
import { figure } from "../../../src/core/values/words.ts";
import { counted } from "../../lethe/layout.ts";
import { howToEnforce, nextSteps, type PersonsKey } from "./advice.ts";
import type { Paint } from "./paint.ts";
import { hang, type Paper } from "./paper.ts";
import type { PolicyOutcome } from "../policies.ts";
import { CLOCK_WIDTH, headerLine, sweepLines } from "./report.ts";
import type { Target } from "../shipped_policy.ts";

/** Everything a start says once the Worker runs, line by line. */
export interface Screen {
  running(url: string): void;
  newKey(key: string, file: string): void;
  sources(targets: ReadonlyMap<string, Target>): void;
  policies(outcomes: readonly PolicyOutcome[], url: string): void;
  loaded(counts: Readonly<Record<string, number>>): void;
  /** What to open, and what to paste. */
  next(url: string, key: PersonsKey): void;
  sweep(sweep: SweepReport, at: Date): void;
  /** An erasure, a hold or the switch. */
  other(line: string, at: Date): void;
  complain(error: unknown, logFile: string, at: Date): void;
  /** To be called after each tick: those of which nothing was said fold into one line. */
  ticked(at: Date): void;
}

/** `policyIds` set the width of the table. */
export function createScreen(paper: Paper, paint: Paint, policyIds: readonly string[]): Screen {
  const width = Math.max(...policyIds.map((id) => id.length), "policy".length);
  let hasHeader = false;
  let hasSpoken = false;
  let quiet: { ticks: number; since: Date } | null = null;
  const write = (...lines: readonly string[]): void => {
    hasSpoken = true;
    quiet = null;
    for (const line of lines) {
      paper.line(line);
    }
  };
  const writeHung = (front: string, text: string, color = (line: string): string => line): void => {
    const [first, ...rest] = hang(front, text, paper.columns());
    write(`${paint.dim(front)}${color(first)}`, ...rest.map(color));
  };
  return {
    running: (url) => write(`${paint.bold(`Lethe runs at ${url}`)}  (Ctrl-C stops it)`),
    newKey: (key, file) => {
      write(`API key, shown this once:\n  ${paint.bold(key)}`);
      write(`  kept in ${file}`);
    },
    sources: (targets) => {
      for (const [name, { label, is_local }] of targets) {
        const front = `source  ${name.padEnd(width)}  `;
        writeHung(front, is_local ? label : `LIVE: ${label}`, is_local ? undefined : paint.yellow);
      }
    },
    policies: (outcomes, url) => {
      for (const outcome of outcomes) {
        const front = `policy  ${outcome.id.padEnd(width)}  `;
        writeHung(front, `${outcome.mode}${policyRemark(outcome)}`);
      }
      for (const { id } of outcomes.filter(isHeldBack)) {
        write(...howToEnforce(id, url));
      }
    },
    loaded: (counts) => {
      const parts = Object.entries(counts).map(([source, n]) => `${figure(n)} ${source}`);
      write(`loaded  demonstration data: ${parts.join(", ")}`);
    },
    next: (url, key) => write(...nextSteps(url, key)),
    sweep: (sweep, at) => {
      if (!hasHeader) {
        write(`\n${headerLine(width, paint)}`);
        hasHeader = true;
      }
      write(...sweepLines(sweep, clockOf(at), { width, columns: paper.columns(), paint }));
    },
    other: (line, at) => writeHung(clockOf(at).padEnd(CLOCK_WIDTH), line),
    complain: (error, logFile, at) => {
      const message = error instanceof Error ? error.message : String(error);
      const text = `this tick failed: ${message} (details in ${logFile})`;
      writeHung(clockOf(at).padEnd(CLOCK_WIDTH), text, paint.red);
    },
    ticked: (at) => {
      if (!hasSpoken) {
        quiet = { ticks: (quiet?.ticks ?? 0) + 1, since: quiet?.since ?? at };
        const text = `${counted(quiet.ticks, "tick")} with nothing to do since ${clockOf(quiet.since)}`;
        paper.passing(paint.dim(clockOf(at).padEnd(CLOCK_WIDTH) + text));
      }
      hasSpoken = false;
    },
  };
}

/** Waits for a person's word, because its source is live. */
export function isHeldBack({ mode, target, reason }: PolicyOutcome): boolean {
  return mode === "observe" && !target.is_local && reason !== "other" && reason !== "deleted";
}

function policyRemark({ mode, target, reason }: PolicyOutcome): string {
  if (reason === "back_to_observe") {
    return ` (was enforce): it now points at ${target.label}, so it removes nothing until you say so`;
  }
  if (mode === "enforce" && !target.is_local) {
    return `: it removes sessions at ${target.label}`;
  }
  if (mode === "observe" && !target.is_local) {
    return `: it removes nothing at ${target.label}`;
  }
  return reason === "yours" ? " (as you changed it)" : "";
}

function clockOf(at: Date): string {
  return at.toTimeString().slice(0, 8);
}
