import { parseArgs } from "node:util";

/** How the deployment reaches the world. */
export interface DeployWorld {
  /** Runs wrangler with arguments and answers its exit code; `seen` is told what it prints. */
  run(tokens: readonly string[], seen?: (text: string) => void): Promise<number>;
  isFile(path: string): boolean;
  /** The text of a file, null if there is none. */
  read(path: string): string | null;
  say(line: string): void;
}

export const HELP = `npm run deploy: brings the tables up to date, then deploys the Worker

  npm run deploy -- [options]

  --dry-run            build and check; change nothing
  --env NAME, --config FILE, --cwd DIR, --env-file FILE, --profile NAME
                       where to: goes to the migrations and to the deployment
  --help               this text
  anything else        goes to wrangler deploy

The tables come first, so that no new Worker meets old ones. The first
deployment makes the database, so there they come second.
`;

/** Options that say where to: both halves need them. */
const WHERE = {
  env: { type: "string", short: "e" },
  config: { type: "string", short: "c" },
  cwd: { type: "string" },
  "env-file": { type: "string" },
  profile: { type: "string" },
} as const;

/** What wrangler 4 says without a terminal of its own to whoever is not signed in. */
export const NOT_SIGNED_IN = "necessary to set a CLOUDFLARE_API_TOKEN";

/** What wrangler 4 says while the database is not there yet. */
export const NO_DATABASE = /Couldn't find (?:a|an auto-provisioned) D1 DB/;

/** `--dry-run` as wrangler reads it, with or without a value. */
const DRY_RUN = /^--dry-?run(?:=(.*))?$/i;

/** Applies the migrations and deploys, in the order that is safe; answers the exit code of what failed. */
export async function deploy(given: readonly string[], world: DeployWorld): Promise<number> {
  const { args, isDry } = readDryRun(given);
  const where = readWhere(args);
  const files = where.flatMap(({ name, value }) => (name === "env-file" ? [value] : []));
  const missing = files.find((file) => !world.isFile(file));
  if (missing !== undefined) {
    world.say(`--env-file ${missing}: there is no such file`);
    return 1;
  }
  const unknown = unknownEnvironment(where, world);
  if (unknown !== null) {
    // wrangler only warns, and gives the new Worker the database and the policies of the one without --env.
    world.say(
      `--env ${unknown}: wrangler.toml has no [env.${unknown}] (docs/OPERATING.md#staging)`,
    );
    return 1;
  }
  if (isDry) {
    world.say("dry run: the migrations are not applied, and nothing is deployed");
    return world.run(["deploy", "--dry-run", ...args]);
  }
  const migrations = [
    "d1",
    "migrations",
    "apply",
    "STORE",
    "--remote",
    ...where.flatMap(({ words }) => words),
  ];
  let said = "";
  const migrated = await world.run(migrations, (text) => (said += text));
  // wrangler's launcher ends with 0, too, if what it started was killed: then nothing was said.
  if (migrated === 0 && said.trim() !== "") {
    return world.run(["deploy", ...args]);
  }
  if (!NO_DATABASE.test(said)) {
    const isSignedOut = said.includes(NOT_SIGNED_IN);
    world.say(isSignedOut ? "first sign in: npx wrangler login" : "the migrations failed");
    world.say("nothing was deployed");
    return migrated === 0 ? 1 : migrated;
  }
  world.say("there is no database yet: deploying makes it, then the migrations are applied");
  const deployed = await world.run(["deploy", ...args]);
  return deployed === 0 ? world.run(migrations) : deployed;
}

/** Takes `--dry-run` out: whatever form it has, both halves go by one reading of it. */
function readDryRun(given: readonly string[]): { args: readonly string[]; isDry: boolean } {
  const args: string[] = [];
  let isDry = false;
  for (let at = 0; at < given.length; at += 1) {
    const token = given[at] ?? "";
    const flag = DRY_RUN.exec(token);
    if (flag === null) {
      args.push(token);
      continue;
    }
    const next = given[at + 1];
    const isNext = flag[1] === undefined && (next === "true" || next === "false");
    isDry = (isNext ? next : flag[1]) !== "false";
    at += isNext ? 1 : 0;
  }
  return { args, isDry };
}

interface Where {
  readonly name: string;
  readonly value: string;
  /** As they stand on the command line. */
  readonly words: readonly string[];
}

function readWhere(given: readonly string[]): readonly Where[] {
  const args = [...given];
  const { tokens } = parseArgs({ args, options: WHERE, strict: false, tokens: true });
  return tokens.flatMap((token): Where[] => {
    if (token.kind !== "option" || !(token.name in WHERE)) {
      return [];
    }
    const { name, value = "", index, inlineValue } = token;
    const words = args.slice(index, inlineValue === true ? index + 1 : index + 2);
    return [{ name, value: value.replace(/^=/, ""), words }];
  });
}

/** The environment that is asked for and that wrangler.toml does not have; null where another file is read. */
function unknownEnvironment(where: readonly Where[], { read }: DeployWorld): string | null {
  const asked = where.find(({ name }) => name === "env")?.value ?? "";
  if (asked === "" || where.some(({ name }) => name === "config" || name === "cwd")) {
    return null;
  }
  const sections = (read("wrangler.toml") ?? "").matchAll(/^\[+env\.([\w-]+)/gm);
  return [...sections].some(([, name]) => name === asked) ? null : asked;
}
