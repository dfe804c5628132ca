import type { Command } from "commander";
import { Refusal } from "../../start/arguments.ts";
import type { Start } from "../action.ts";
import { saysYes, type Desk } from "../desk.ts";
import { Declined, type ExitCode } from "../exit.ts";
import { keepProfile, readUrl } from "../profile.ts";
import { writeFirstPolicies } from "../setup/first_policies.ts";
import { askAll, askUntil, type Asking, type Wanted } from "../setup/questions.ts";
import { lineOf, readSecretNames, runSteps, stepsOf } from "../setup/steps.ts";

export function addSetup(program: Command, start: Start): void {
  program
    .command("setup")
    .description("deploy to your account: asks, shows what it will run, and runs it")
    .option("--dry-run", "ask and show; run nothing")
    .option("--env <name>", "the environment of wrangler.toml")
    .addHelpText(
      "after",
      "\nIt makes the secrets and keys that are not set, and replaces none. It ends with\n" +
        "the shipped policies, which only observe. npx wrangler login comes before it.",
    )
    .action(start(setup));
}

interface Options {
  readonly dryRun?: boolean;
  readonly env?: string;
}

async function setup(desk: Desk, options: Options): Promise<ExitCode> {
  const { dryRun = false, env = null } = options;
  const { world, output } = desk;
  if (world.ask === null || output.is_json) {
    throw new Refusal("setup asks, so it needs a terminal, and has no --json");
  }
  const asking: Asking = {
    ask: world.ask,
    random: (length) => world.random(length),
    say: output.say,
  };
  const set = dryRun ? new Set<string>() : await secretsSet(env, desk, asking);
  const wanted = await askAll(set, asking);
  const steps = stepsOf(wanted.secrets, env);
  output.line("");
  output.line(dryRun ? "It would run:" : "It will run:");
  steps.map((step) => output.say(lineOf(step), "  "));
  if (wanted.keys.length > 0) {
    const verb = dryRun ? "would" : "will";
    asking.say(
      `Then it ${verb} ask for the Worker's URL, keep the first key as a profile, and write the policies of policies/, which only observe.`,
    );
  }
  if (dryRun) {
    asking.say("Nothing was run, and what was made here is kept nowhere.");
    return 0;
  }
  if (!(await saysYes("Run this?", asking.ask))) {
    throw new Declined("nothing was run");
  }
  desk.onStop(() => "what has run stays; setup again goes on with what is not set", true);
  showOnce(wanted, desk);
  await asking.ask("Enter, once you have kept them: ", false);
  const failed = await runSteps(steps, world);
  if (failed !== null) {
    throw new Declined(`${lineOf(failed)} failed: what comes after it was not run`);
  }
  return first(wanted, desk, asking);
}

/** The secrets that are set; where wrangler does not say, a person must, because one is never replaced. */
async function secretsSet(
  env: string | null,
  { world, output }: Desk,
  asking: Asking,
): Promise<ReadonlySet<string>> {
  output.line("Looking for what is set: npx wrangler secret list");
  const read = await readSecretNames(env, world);
  if (read.ok) {
    const set = read.value;
    asking.say(set.size === 0 ? "Nothing is set." : `Set, and left alone: ${[...set].join(", ")}`);
    return set;
  }
  if (read.error === "signed_out") {
    throw new Declined("nothing was run: first sign in, by npx wrangler login");
  }
  output.say(read.error.said);
  if (!(await saysYes("wrangler does not say. Is this the first deployment?", asking.ask))) {
    throw new Declined("nothing was run: npx wrangler secret list must work first");
  }
  return new Set();
}

/** What is kept nowhere else. */
function showOnce({ secrets, keys }: Wanted, { output }: Desk): void {
  const { LETHE_SECRET: secret } = secrets;
  output.line("");
  output.line("Keep these where you keep passwords: they are shown this once.");
  if (secret !== undefined) {
    output.line(`  LETHE_SECRET\n    ${output.paint.bold(secret)}`);
  }
  for (const { name, key } of keys) {
    output.say(`the key of ${name}`, "  ");
    output.line(`    ${output.paint.bold(key)}`);
  }
}

/** Keeps the first key as a profile, and writes the first policies with it. */
async function first({ keys: [mine] }: Wanted, desk: Desk, asking: Asking): Promise<ExitCode> {
  const { world, output, named } = desk;
  if (mine === undefined) {
    output.line("done: npx lethe login, then npx lethe policy push");
    return 0;
  }
  const url = await askUntil("The Worker's URL, as wrangler said it", asking, readUrl);
  const place = { url, key: mine.key };
  const file = await keepProfile(named.profile, place, world.env, world.home);
  asking.say(`kept in ${file}, which only you can read`);
  await writeFirstPolicies(place, desk);
  output.line(`done: npx lethe status, and ${url}/`);
  return 0;
}
