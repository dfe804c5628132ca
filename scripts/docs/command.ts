import type { Command } from "commander";
import type { Start } from "../lethe/action.ts";
import { createProgram } from "../lethe/program.ts";

/** Every command of npx lethe, with its arguments. */
export function commands(): string[] {
  const program = createProgram(IDLE, { write: () => {}, columns: null });
  return program.commands.flatMap((command) => linesOf(command, "lethe"));
}

const IDLE: Start = Object.assign(() => async () => {}, { inLines: () => async () => {} });

function linesOf(command: Command, before: string): string[] {
  const name = `${before} ${command.name()}`;
  if (command.commands.length > 0) {
    return command.commands.flatMap((one) => linesOf(one, name));
  }
  const taken = command.registeredArguments.map((one) =>
    one.required ? ` <${one.name()}>` : ` [${one.name()}]`,
  );
  return [`- \`${name}${taken.join("")}\`: ${command.description()}`];
}
