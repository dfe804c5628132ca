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

/** Flags that say where to: both halves need them. Each takes a value. */
const WHERE: ReadonlySet<string> = new Set([
  "--env",
  "-e",
  "--config",
  "-c",
  "--cwd",
  "--env-file",
  "--profile",
]);

/** What wrangler 4 says without a terminal of its own to whoever is not signed in. */
export const NOT_SIGNED_IN = "necessary to set a CLOUDFLARE_API_TOKEN";

/** What wrangler 4 says while the database is not there yet. */
export const NO_DATABASE = /Couldn't find (?:a|an auto-provisioned) D1 DB/;

/** `--dry-run` as wrangler reads it, with or without a value. */
const DRY_RUN = /^--dry-?run(?:=(.*))?$/i;

/** Applies the migrations and deploys, in the order that is safe; answers the exit code of what failed. */
export async function deploy(given: readonly string[], world: DeployWorld): Promise<number> {
  const { args, isDry } = readDryRun(given);
  const missing = envFilesOf(args).find((file) => !world.isFile(file));
  if (missing !== undefined) {
    world.say(`--env-file ${missing}: there is no such file`);
    return 1;
  }
  const unknown = unknownEnvironment(args, world);
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
  const migrations = ["d1", "migrations", "apply", "STORE", "--remote", ...whereOf(args)];
  let said = "";
  const migrated = await world.run(migrations, (text) => (said += text));
  if (migrated === 0) {
    return world.run(["deploy", ...args]);
  }
  if (!NO_DATABASE.test(said)) {
    const isSignedOut = said.includes(NOT_SIGNED_IN);
    world.say(isSignedOut ? "first sign in: npx wrangler login" : "the migrations failed");
    world.say("nothing was deployed");
    return migrated;
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

function envFilesOf(args: readonly string[]): string[] {
  return args.flatMap((arg, at) =>
    arg === "--env-file"
      ? (args[at + 1] ?? "")
      : arg.startsWith("--env-file=")
        ? arg.slice(11)
        : [],
  );
}

/** The environment that is asked for and that wrangler.toml does not have; null where another file is read. */
function unknownEnvironment(args: readonly string[], world: DeployWorld): string | null {
  const asked = valueOf(args, ["--env", "-e"]);
  if (asked === null || asked === "" || valueOf(args, ["--config", "-c", "--cwd"]) !== null) {
    return null;
  }
  const sections = (world.read("wrangler.toml") ?? "").matchAll(/^\[+env\.([\w-]+)/gm);
  return [...sections].some(([, name]) => name === asked) ? null : asked;
}

function valueOf(args: readonly string[], names: readonly string[]): string | null {
  for (const [at, arg] of args.entries()) {
    const [name = "", ...rest] = arg.split("=");
    if (names.includes(name)) {
      return rest.length > 0 ? rest.join("=") : (args[at + 1] ?? "");
    }
  }
  return null;
}

function whereOf(args: readonly string[]): readonly string[] {
  return args.flatMap((arg, index) => {
    const [name = ""] = arg.split("=", 1);
    if (!WHERE.has(name)) {
      return [];
    }
    const value = args[index + 1];
    return arg.includes("=") || value === undefined ? [arg] : [arg, value];
  });
}
