import { Command, CommanderError } from "commander";
import { Refusal } from "../start/arguments.ts";
import { addApprove, addCancel } from "./commands/decide.ts";
import { addCompletions } from "./commands/completions.ts";
import { addErase } from "./commands/erase.ts";
import { addExplain } from "./commands/explain.ts";
import { addHold } from "./commands/hold.ts";
import { addKey } from "./commands/key.ts";
import { addLogin, addLogout } from "./commands/login.ts";
import { addPause, addResume } from "./commands/pause.ts";
import { addPolicy } from "./commands/policy.ts";
import { addPreview } from "./commands/preview.ts";
import { addReport } from "./commands/report.ts";
import { addSetup } from "./commands/setup.ts";
import { addStatus } from "./commands/status.ts";
import { addSweep } from "./commands/sweep.ts";
import { addWaiting } from "./commands/waiting.ts";
import type { Action, Run, Start } from "./action.ts";
import { AnswerRefusal } from "../start/client.ts";
import manifest from "../../package.json" with { type: "json" };
import { createDesk, type Desk, type Everywhere } from "./desk.ts";
import { EXIT_MEANINGS, exitCodeOf, type ExitCode } from "./exit.ts";
import { wrap } from "./layout.ts";
import type { World } from "./world.ts";

const GROUPS = {
  "Look:": [addStatus, addWaiting, addExplain, addPreview, addReport],
  "Decide:": [addApprove, addCancel, addPause, addResume, addHold],
  "Remove:": [addSweep, addErase],
  "Set up:": [addSetup, addKey, addLogin, addLogout, addPolicy, addCompletions],
};

/** Help fits a terminal of so many columns, however wide it is. */
const HELP_COLUMNS = 80;

const WHERE = `
The Worker and the key: --profile, else LETHE_URL (or --url) and LETHE_KEY, else
the profile that npx lethe login made.

Exit codes:
${Object.entries(EXIT_MEANINGS)
  .map(([code, meaning]) => `  ${code.padEnd(5)}${meaning}`)
  .join("\n")}`;

/** The whole program: every command with its help. */
export function createProgram(
  start: Start,
  { write, columns }: Pick<World, "write" | "columns">,
): Command {
  const program = new Command("lethe")
    .description("Look after a Lethe: see what it needs, decide, sweep and erase.")
    .version(manifest.version, "--version", "the version of this command")
    .option("--json", "JSON lines instead of words")
    .option("--url <url>", "the Worker")
    .option("--profile <name>", "the Worker and the key of a profile")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: write,
      // What is wrong with a command line is said once, below.
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(columns ?? HELP_COLUMNS, HELP_COLUMNS),
      getOutHasColors: () => false,
    })
    .addHelpText("after", WHERE);
  for (const [title, adders] of Object.entries(GROUPS)) {
    program.commandsGroup(title);
    adders.map((add) => add(program, start));
  }
  return program;
}

/** Runs a command line and answers its exit code. A bug throws. */
export async function runLethe(args: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = 0;
  let desk: Desk | null = null;
  let stopping = { hint: () => "", isHalfDone: false };
  const startWith =
    (isInLines: boolean) =>
    <A extends readonly unknown[]>(action: Action<A>): Run<A> =>
    async (...given) => {
      const { json, ...named } = program.opts<Everywhere>();
      const isJson = json === true || (isInLines && world.columns === null);
      desk = createDesk(world, { ...named, json: isJson }, (hint, isHalfDone = false) => {
        stopping = { hint, isHalfDone };
      });
      code = await action(desk, ...given);
    };
  const start = Object.assign(startWith(false), { inLines: startWith(true) });
  const program = createProgram(start, world);
  let whose = program;
  for (const command of commandsOf(program)) {
    command.exitOverride((error) => {
      whose = command;
      throw error;
    });
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    (desk as Desk | null)?.output.settle();
    const failed = world.isUnread() ? 141 : world.isStopped() ? 130 : exitCodeOf(error);
    if (failed === null) {
      throw error;
    }
    const message = messageOf(failed, error, whose, stopping.isHalfDone);
    if (message !== null) {
      const lines = [`lethe: ${message}`, stopping.hint()].filter(Boolean).join("; ").split("\n");
      world.complain(lines.flatMap((line) => wrap(line, HELP_COLUMNS - 1)).join("\n"));
    }
    return failed;
  }
}

/** A command, and all below it. */
function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

/** How the help of a command is asked for. */
function helpOf(command: Command | null): string {
  const words = [];
  for (let one = command; one !== null; one = one.parent) {
    words.unshift(one.name());
  }
  return `npx ${words.join(" ")} --help`;
}

/** What is wrong, in words; null: the help was asked for, or nobody reads any more. */
function messageOf(
  failed: ExitCode,
  error: unknown,
  whose: Command,
  isHalfDone: boolean,
): string | null {
  if (failed === 141) {
    return isHalfDone ? "stopped, because its output cannot be written" : null;
  }
  if (failed === 130) {
    return "stopped";
  }
  if (!(error instanceof CommanderError)) {
    return error instanceof Refusal ? refusalText(error) : null;
  }
  if (error.exitCode === 0) {
    return null;
  }
  if (error.code === "commander.help") {
    return `say what to do: ${helpOf(whose)} lists the commands`;
  }
  // What stands where nothing may is perhaps a person or a key, and is not repeated.
  const message =
    error.code === "commander.excessArguments"
      ? `there are words that the command does not take${takesFolder(whose) ? ": name a folder by --dir" : ""}`
      : error.message.replace(/^error: /, "").replace(/^(unknown option '[^=']*)=.*'/s, "$1'");
  return `${message}; see ${helpOf(whose)}`;
}

function takesFolder({ options }: Command): boolean {
  return options.some(({ long }) => long === "--dir");
}

/** What the API says of a request says nothing to somebody who wrote none. */
function refusalText(error: Refusal): string {
  if (!(error instanceof AnswerRefusal)) {
    return error.message;
  }
  const missing = /^(policy|sweep|erasure|hold)_not_found$/.exec(error.code ?? "")?.[1];
  if (missing !== undefined) {
    return `there is no such ${missing}`;
  }
  return error.status === 401
    ? "the Worker does not know this key: look at LETHE_KEY, or npx lethe login"
    : error.message;
}
