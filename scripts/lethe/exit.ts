import { CommanderError } from "commander";
import { Refusal } from "../start/arguments.ts";
import { AnswerRefusal, Unreachable } from "../start/client.ts";

/** What each exit code means. The help and docs/COMMAND.md are made from this. */
export const EXIT_MEANINGS = {
  0: "done, and nothing needs a person",
  1: "a person is needed: something waits or differs, or was refused",
  2: "the command line or a file of yours is wrong, or names what is not there",
  3: "Lethe cannot be reached, cannot do it now, or is another version",
  4: "the output could not be written",
  130: "stopped by Ctrl-C; what Lethe was asked for goes on there",
  141: "nobody reads the output any more, as in `npx lethe hold ls | head -1`",
} as const;
export type ExitCode = keyof typeof EXIT_MEANINGS;

/** A person said no. */
export class Declined extends Refusal {}

/** The exit code of what a command threw; null: it is a bug. */
export function exitCodeOf(error: unknown): ExitCode | null {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? 0 : 2;
  }
  if (error instanceof AnswerRefusal) {
    return codeOf(error);
  }
  if (error instanceof Unreachable) {
    return 3;
  }
  return error instanceof Refusal ? (error instanceof Declined ? 1 : 2) : null;
}

/** What is asked for wrongly, or is not there. */
const WRONG: ReadonlySet<number> = new Set([400, 404, 413, 415, 422]);

function codeOf({ status, code }: AnswerRefusal): ExitCode {
  if (status >= 500 || status === 429 || code === "unknown_path") {
    return 3;
  }
  return WRONG.has(status) ? 2 : 1;
}
