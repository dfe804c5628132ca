import type { Desk } from "./desk.ts";
import type { ExitCode } from "./exit.ts";

/** What a command does, and the exit code that it ends with. */
export type Action<A extends readonly unknown[]> = (desk: Desk, ...args: A) => Promise<ExitCode>;
/** The same for the library that reads command lines. */
export type Run<A extends readonly unknown[]> = (...args: A) => Promise<void>;

/** Makes what a command does an action of the program. */
export interface Start {
  <A extends readonly unknown[]>(action: Action<A>): Run<A>;
  /** The same of a command that shows how it goes: in a pipe its output is JSON lines. */
  inLines<A extends readonly unknown[]>(action: Action<A>): Run<A>;
}

/** Gathers an option that may be repeated. */
export function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
