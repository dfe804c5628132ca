import { CommanderError } from "commander";
import { Refusal } from "../start/arguments.ts";
import { AnswerRefusal, Unreachable } from "../start/client.ts";

/** What each exit code means. The help and docs/COMMAND.md are made from this. */
export const EXIT_MEANINGS = {
  0: "done, and nothing needs a person",
  1: "a person is needed: something waits or differs, or was refused",
  2: "the command line is wrong, or a file of yours",
  3: "Lethe cannot be reached, cannot do it now, or is another version",
  130: "stopped by Ctrl-C; what Lethe was asked for goes on there",
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
    return error.status >= 500 || error.status === 429 ? 3 : 1;
  }
  if (error instanceof Unreachable) {
    return 3;
  }
  return error instanceof Refusal ? (error instanceof Declined ? 1 : 2) : null;
}
