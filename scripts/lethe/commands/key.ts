import type { Command } from "commander";
import { Refusal } from "../../start/arguments.ts";
import { writePrivate } from "../../start/files.ts";
import { gather, type Start } from "../action.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { counted } from "../layout.ts";
import { readText } from "../read_text.ts";
import { newKey, readKeys } from "../setup/new_key.ts";
import { ROLE_NAMES, ROLES, type RoleName } from "../setup/roles.ts";

export function addKey(program: Command, start: Start): void {
  const roles = ROLE_NAMES.map((name) => `  ${name.padEnd(10)}${ROLES[name].may}`).join("\n");
  program
    .command("key")
    .description("API keys")
    .command("new")
    .description("make a key, shown this once, and the new value of API_KEYS")
    .argument("<name>", "how reports and logs name the key")
    .requiredOption("--role <role>", "what it may do; may be repeated", gather)
    .option("--workspace <id>", "bind it to this workspace; may be repeated", gather)
    .option("--keys <file>", "the present value of API_KEYS, to add to; - reads the input")
    .option("--out <file>", "write the new value to this file instead (mode 0600)")
    .addHelpText("after", `\nRoles:\n${roles}`)
    .action(start(create));
}

interface Options {
  readonly role: readonly string[];
  readonly workspace?: readonly string[];
  readonly keys?: string;
  readonly out?: string;
}

async function create(
  { world, output }: Desk,
  name: string,
  { role, workspace, keys, out }: Options,
): Promise<ExitCode> {
  const roles = role.map(roleOf);
  const present =
    keys === undefined
      ? []
      : readKeys(keys === "-" ? await world.readInput() : await readText(keys));
  const wanted = { name, roles, workspaces: workspace ?? null };
  const { key, api_keys: value } = newKey(wanted, present, (length) => world.random(length));
  const text = JSON.stringify(value);
  if (out !== undefined) {
    await writePrivate(out, `${text}\n`);
  }
  output.record({ key, api_keys: value });
  output.line("The key, shown this once:");
  output.line(`  ${output.paint.bold(key)}`);
  output.line(`The new value of API_KEYS, with the hashes of ${counted(value.length, "key")}:`);
  // In one piece, however long: it is to be copied.
  output.line(`  ${out === undefined ? text : `in ${out}`}`);
  output.line(`  npx wrangler secret put API_KEYS${out === undefined ? "" : ` < ${out}`}`);
  if (keys === undefined) {
    const warning =
      "It replaces every key that is in force. To add to them, give the present value with --keys.";
    output.say(warning, "", output.paint.yellow);
  }
  return 0;
}

function roleOf(name: string): RoleName {
  const role = ROLE_NAMES.find((one) => one === name);
  if (role === undefined) {
    throw new Refusal(`there is no such role: use ${ROLE_NAMES.join(", ")}`);
  }
  return role;
}
