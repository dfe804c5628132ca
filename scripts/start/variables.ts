import { hash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { unstable_getVarsForDev, unstable_readConfig } from "wrangler";
import type { KeyScope } from "../../src/config/keys.ts";
import { isNamed, misspeltIn, notSet } from "../../src/config/misspelt.ts";
import { VARIABLES } from "../../src/config/variables.ts";
import { nearestName } from "../../src/core/values/near_name.ts";
import { Refusal, type StartArguments } from "./arguments.ts";
import { jsonOrNull } from "./json.ts";
import { writePrivate } from "./files.ts";
import { keptSecret, type StateFolder } from "./state.ts";

export type Variables = Readonly<Record<string, string>>;

/** What the Worker is started with, and what this script may do with it. */
export interface Prepared {
  /** Every variable of the Worker: nothing else reaches it. */
  readonly variables: Variables;
  /** This script's own key for this run; kept in memory only. */
  readonly run_key: string;
  /** The person's key, if it was made here; null when API_KEYS was given. */
  readonly own_key: string | null;
}

const CONFIG = "wrangler.toml";
const NAMES = Object.keys(VARIABLES);
/** What the key of a run may do. */
const RUN_SCOPES: readonly KeyScope[] = [
  "policies:read",
  "policies:write",
  "sweeps:read",
  "sweeps:run",
  "erasures:read",
  "holds:read",
  "switch:read",
  "sessions:write",
];

/**
 * Gathers the Worker's variables as wrangler would (wrangler.toml, then .dev.vars, .env or --env-file,
 * then --var), makes the API key and LETHE_SECRET where none is given, and adds a key for this run.
 */
export async function prepareVariables(
  args: StartArguments,
  state: StateFolder,
): Promise<Prepared> {
  const given = readGiven(args);
  refuseMisspelt(given);
  const letheSecret =
    given["LETHE_SECRET"] ?? (await keptSecret(join(state.path, "lethe_secret"), ""));
  const { API_KEYS: ownKeys } = given;
  const own = ownKeys === undefined ? await keptSecret(state.key_file, "seam_lethe_") : null;
  const runKey = `seam_lethe_${randomBytes(32).toString("hex")}`;
  const keys =
    own === null
      ? parseKeys(ownKeys ?? "")
      : [{ name: "local", sha256: hash("sha256", own), scopes: ["*"] }];
  const ofRun = { name: "npm start", sha256: hash("sha256", runKey), scopes: RUN_SCOPES };
  const variables = {
    ...given,
    LETHE_SECRET: letheSecret,
    API_KEYS: JSON.stringify([...keys, ofRun]),
  };
  await writeVariables(state.variables_file, variables);
  return { variables, run_key: runKey, own_key: own };
}

/**
 * Writes variables where wrangler reads them: a file of mode 0600, because a command line can be read by
 * everyone on the machine. Read back through wrangler, so that the Worker gets exactly these.
 */
export async function writeVariables(path: string, variables: Variables): Promise<void> {
  const lines = Object.entries(variables).map(
    ([name, value]) => `${name}=${quoted(name, value)}\n`,
  );
  await writePrivate(path, lines.join(""));
  const seen = readThroughWrangler([path], {});
  for (const [name, value] of Object.entries(variables)) {
    if (seen[name] !== value) {
      throw new Refusal(
        `the value of ${name} cannot be handed to wrangler: leave out quotes and line breaks`,
      );
    }
  }
}

/** What is made here where it is not given must not stand in for one whose name was misspelt. */
function refuseMisspelt(given: Variables): void {
  const misspelt = misspeltIn(given, NAMES);
  const made = ["LETHE_SECRET", "API_KEYS"].filter((name) => given[name] === undefined);
  const name = made.find((one) => misspelt(one) !== null);
  if (name !== undefined) {
    throw new Refusal(`${name} is ${notSet(name, misspelt)}`);
  }
}

/** Refuses a name of --var that nobody reads: neither a variable of Lethe nor named by SOURCES or WEBHOOKS. */
function refuseUnknown(vars: Variables, given: Variables): void {
  const unknown = Object.keys(vars).find((name) => !NAMES.includes(name) && !isNamed(name, given));
  if (unknown !== undefined) {
    const nearest = nearestName(unknown, NAMES);
    const advice = nearest === null ? "npm start -- --help lists them" : `is ${nearest} meant?`;
    throw new Refusal(`--var ${unknown}: there is no such variable; ${advice}`);
  }
}

function readGiven(args: StartArguments): Variables {
  const missing = args.env_files.find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw new Refusal(`--env-file ${missing}: there is no such file`);
  }
  const { vars } = unstable_readConfig({ config: CONFIG }, { hideWarnings: true });
  const files = args.env_files.length === 0 ? undefined : [...args.env_files];
  const given = { ...readThroughWrangler(files, vars), ...args.vars };
  refuseUnknown(args.vars, given);
  // Set to nothing is not set, as for the Worker: so a copy of the example file starts as it is.
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
}

function readThroughWrangler(
  files: string[] | undefined,
  vars: ReturnType<typeof unstable_readConfig>["vars"],
): Record<string, string> {
  const bindings = unstable_getVarsForDev(CONFIG, files, vars, undefined, true);
  return Object.fromEntries(
    Object.entries(bindings).map(([name, { value }]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}

/** wrangler expands `$NAME` in a file of variables, in every kind of quotes. */
function quoted(name: string, value: string): string {
  const quote = ["'", "`", '"'].find((mark) => !value.includes(mark));
  if (quote === undefined) {
    throw new Refusal(`the value of ${name} holds every kind of quotes: leave one out`);
  }
  return quote + value.replaceAll("$", String.raw`\$`) + quote;
}

function parseKeys(text: string): readonly unknown[] {
  const keys = jsonOrNull(text);
  if (Array.isArray(keys)) {
    return keys;
  }
  throw new Refusal(
    'API_KEYS must be a JSON array: [{"name":"me","sha256":"<hex>","scopes":["*"]}]',
  );
}
