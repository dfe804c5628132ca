import type { Command } from "commander";
import { Refusal } from "../../start/arguments.ts";
import type { Start } from "../action.ts";
import type { Desk } from "../desk.ts";
import { Declined, type ExitCode } from "../exit.ts";
import { keepProfile, readUrl } from "../profile.ts";

export function addLogin(program: Command, start: Start): void {
  program
    .command("login")
    .description("keep a Worker and a key as a profile, once the Worker has taken the key")
    .addHelpText(
      "after",
      "\nThe key is asked for, or read from the input; it never stands in a command line.",
    )
    .action(start(login));
}

export function addLogout(program: Command, start: Start): void {
  program.command("logout").description("forget a profile and its key").action(start(logout));
}

async function login({ world, output, named, apiOf }: Desk): Promise<ExitCode> {
  const given = named.url ?? world.env["LETHE_URL"] ?? (await world.ask?.("Worker: ", false));
  if (given === undefined || given === "") {
    throw new Refusal("say which Worker: --url or LETHE_URL");
  }
  const url = readUrl(given);
  const typed =
    world.ask === null ? await world.readInput() : await world.ask("API key (not shown): ", true);
  const key = typed.trim();
  const api = apiOf({ url, key });
  if (!(await api.isKnown())) {
    throw new Declined(`${url} does not know this key: nothing is kept`);
  }
  const file = await keepProfile(named.profile, { url, key }, world.env, world.home);
  output.record({ url, profile: named.profile ?? "default", file });
  output.say(`kept in ${file}, which only you can read`);
  return 0;
}

async function logout({ world, output, named }: Desk): Promise<ExitCode> {
  const file = await keepProfile(named.profile, null, world.env, world.home);
  output.record({ profile: named.profile ?? "default", file });
  output.line(`forgotten in ${file}`);
  return 0;
}
