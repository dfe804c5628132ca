import type { SweepReport } from "../../src/core/report/sweep.ts";
import type { Paint } from "./paint.ts";
import type { PolicyOutcome } from "./policies.ts";
import { headerLine, sweepLine } from "./report.ts";
import type { Target } from "./shipped_policy.ts";

/** Everything a start says, line by line. */
export interface Screen {
  running(url: string, folder: string): void;
  newKey(key: string, file: string): void;
  sources(targets: ReadonlyMap<string, Target>): void;
  policies(outcomes: readonly PolicyOutcome[], url: string, keyFile: string): void;
  loaded(counts: Readonly<Record<string, number>>): void;
  sweep(sweep: SweepReport, at: Date): void;
  /** An erasure, a hold or the switch, in one line. */
  other(line: string, at: Date): void;
  complain(error: unknown, logFile: string): void;
  say(text: string): void;
}

/** `write` takes one line. `policyIds` set the width of the table. */
export function createScreen(
  write: (line: string) => void,
  paint: Paint,
  policyIds: readonly string[],
): Screen {
  const width = Math.max(...policyIds.map((id) => id.length), "policy".length);
  let hasHeader = false;
  return {
    running: (url, folder) =>
      write(`${paint.bold(`Lethe runs at ${url}`)}  (state in ${folder}; Ctrl-C stops it)`),
    newKey: (key, file) =>
      write(`API key, shown this once and kept in ${file}:\n  ${paint.bold(key)}`),
    sources: (targets) => {
      for (const [name, { label, is_local }] of targets) {
        write(`source  ${name.padEnd(width)}  ${label}${is_local ? "" : paint.yellow("  LIVE")}`);
      }
    },
    policies: (outcomes, url, keyFile) => {
      for (const outcome of outcomes) {
        write(`policy  ${outcome.id.padEnd(width)}  ${outcome.mode}${policyRemark(outcome)}`);
      }
      for (const { id } of outcomes.filter(isHeldBack)) {
        const policy = `${url}/v1/policies/${id}`;
        const key = `-H "authorization: Bearer $(cat ${keyFile})"`;
        write(`to enforce ${id}, once you have seen what it would remove:`);
        write(
          `  curl -s ${key} ${policy} | sed 's/"mode":"observe"/"mode":"enforce"/' | ` +
            `curl -X PUT ${key} -H 'content-type: application/json' -d @- ${policy}`,
        );
        write(
          "  its first plan then waits for an approval: by another key, unless FOUR_EYES is off",
        );
      }
    },
    loaded: (counts) => {
      const parts = Object.entries(counts).map(
        ([source, count]) => `${count.toLocaleString("en-US")} ${source}`,
      );
      write(`loaded  demonstration data: ${parts.join(", ")}`);
    },
    sweep: (sweep, at) => {
      if (!hasHeader) {
        write(`\n${headerLine(width, paint)}`);
        hasHeader = true;
      }
      write(sweepLine(sweep, clockOf(at), width, paint));
    },
    other: (line, at) => write(`${paint.dim(clockOf(at).padEnd(10))}${line}`),
    complain: (error, logFile) => {
      const message = error instanceof Error ? error.message : String(error);
      write(
        paint.red(`${clockOf(new Date())}  this tick failed: ${message} (details in ${logFile})`),
      );
    },
    say: write,
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
