import { VARIABLES } from "../../src/config/variables.ts";

/** What the command line asked for. */
export interface StartArguments {
  readonly help: boolean;
  readonly verbose: boolean;
  /** 0 takes a free port. */
  readonly port: number;
  /** The state folder. */
  readonly state: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly env_files: readonly string[];
  /** Everything else, for wrangler. */
  readonly rest: readonly string[];
}

/** A start that is refused before anything happens: what is wrong, and what to do. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The state folder, if none is given. */
export const DEFAULT_STATE = ".lethe";
const DEFAULT_PORT = 8787;

/** Flags of wrangler that would take the Worker off this machine, or this script's word about it. */
const REFUSED: Readonly<Record<string, string>> = {
  "--remote": "this runs on your machine only: deploy with npm run deploy",
  "-r": "this runs on your machine only: deploy with npm run deploy",
  "--tunnel": "this runs on your machine only: deploy with npm run deploy",
  "--tunnel-name": "this runs on your machine only: deploy with npm run deploy",
  "--ip": "it listens on 127.0.0.1 only",
  "--inspector-ip": "it listens on 127.0.0.1 only",
  "--local-protocol": "it speaks http on 127.0.0.1 only",
  "--config": "it runs this folder's wrangler.toml",
  "-c": "it runs this folder's wrangler.toml",
  "--env": "it runs this folder's wrangler.toml without environments",
  "-e": "it runs this folder's wrangler.toml without environments",
  "--cwd": "start it in the folder of wrangler.toml",
};

export const HELP = `npm start: runs Lethe on this machine, with its tick every minute

  npm start -- [options]

  --port N             port on 127.0.0.1 (default PORT, or ${DEFAULT_PORT}; 0: a free one)
  --persist-to DIR     the state folder (default ${DEFAULT_STATE}); one start at a time
  --var NAME:VALUE     a variable or secret; beats .dev.vars; may be repeated
  --env-file FILE      variables from a file, not .dev.vars; may be repeated
  --verbose            show what wrangler and the Worker print
  --help               this text
  anything else        goes to wrangler dev

Without SEAM_API_KEY and VECTARA_API_KEY both sources use the embedded store,
and the first start loads demonstration data into it. With a key of yours the
shipped policies only observe: nothing is removed until you set a policy's mode
to enforce.

Variables, for --var, .dev.vars or --env-file (what each means: docs/CONFIG.md):

${Object.entries(VARIABLES)
  .map(([name, schema]) => `  ${name.padEnd(20)} ${schema.meta()?.title}`)
  .join("\n")}
`;

/** Reads the command line and PORT. Throws a Refusal that names the flag and the fix. */
export function readArguments(
  args: readonly string[],
  portVariable: string | undefined,
): StartArguments {
  const vars: Record<string, string> = {};
  const envFiles: string[] = [];
  const rest: string[] = [];
  let port =
    portVariable === undefined || portVariable === ""
      ? DEFAULT_PORT
      : readPort(portVariable, "PORT");
  let state = DEFAULT_STATE;
  let help = false;
  let verbose = false;
  const queue = [...args];
  for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
    const [flag, inline] = splitFlag(token);
    const reason = REFUSED[flag];
    if (reason !== undefined) {
      throw new Refusal(`${flag} cannot be used here: ${reason}`);
    }
    const values = (): string[] => (inline === null ? takeValues(queue, flag) : [inline]);
    if (flag === "--help" || flag === "-h") {
      help = true;
    } else if (flag === "--verbose") {
      verbose = true;
    } else if (flag === "--port") {
      port = readPort(onlyOne(inline ?? queue.shift(), flag), flag);
    } else if (flag === "--persist-to") {
      state = onlyOne(inline ?? queue.shift(), flag);
    } else if (flag === "--var") {
      Object.assign(vars, Object.fromEntries(values().map(readVariable)));
    } else if (flag === "--env-file") {
      envFiles.push(...values());
    } else if (flag.startsWith("-")) {
      rest.push(token, ...(inline === null ? takeRest(queue) : []));
    } else {
      throw new Refusal(`"${token}" is not an option: see npm start -- --help`);
    }
  }
  return { help, verbose, port, state, vars, env_files: envFiles, rest };
}

function splitFlag(token: string): [flag: string, inline: string | null] {
  const at = token.startsWith("--") ? token.indexOf("=") : -1;
  return at === -1 ? [token, null] : [token.slice(0, at), token.slice(at + 1)];
}

/** wrangler takes several values after one flag, up to the next flag. */
function takeRest(queue: string[]): string[] {
  const next = queue.findIndex((token) => token.startsWith("-"));
  return queue.splice(0, next === -1 ? queue.length : next);
}

function takeValues(queue: string[], flag: string): string[] {
  const values = takeRest(queue);
  if (values.length === 0) {
    throw new Refusal(`${flag} needs a value: see npm start -- --help`);
  }
  return values;
}

function onlyOne(value: string | undefined, flag: string): string {
  if (value === undefined || value === "" || value.startsWith("-")) {
    throw new Refusal(`${flag} needs a value: see npm start -- --help`);
  }
  return value;
}

function readPort(text: string, from: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) {
    throw new Refusal(`${from} must be a whole number from 0 to 65535, not "${text}"`);
  }
  return port;
}

/** The value may hold secrets: an error never repeats it. */
function readVariable(pair: string): [name: string, value: string] {
  const [, name, value] = /^([A-Za-z_][A-Za-z0-9_]*)[:=](.*)$/s.exec(pair) ?? [];
  if (name === undefined || value === undefined) {
    throw new Refusal(
      "--var needs NAME:VALUE, for example --var SEAM_ENDPOINT:http://127.0.0.1:9001",
    );
  }
  return [name, value];
}
