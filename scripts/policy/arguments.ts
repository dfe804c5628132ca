import { Refusal } from "../start/arguments.ts";

const COMMANDS = ["check", "diff", "push", "pull"] as const;
type Command = (typeof COMMANDS)[number];

/** What the command line asked for. */
export interface PolicyArguments {
  /** Null: the help was asked for. */
  readonly command: Command | null;
  /** The folder of the policies. */
  readonly folder: string;
  /** The Worker; null: none was named. */
  readonly url: string | null;
  readonly key: string | null;
  readonly yes: boolean;
  readonly prune: boolean;
  readonly preview: boolean;
}

const DEFAULT_FOLDER = "policies";

export const HELP = `npm run policy: policies as files, one <id>.json each

  npm run policy -- check     whether every file is a policy; asks nobody
  npm run policy -- diff      what would change in the Worker, and what it would
                              newly remove
  npm run policy -- push      writes the files to the Worker, unless somebody
                              changed a policy meanwhile
  npm run policy -- pull      writes the Worker's policies to files

  --dir DIR       the folder of the files (default ${DEFAULT_FOLDER})
  --url URL       the Worker (default: LETHE_URL)
  --yes           push and pull: do not ask
  --prune         push: delete policies that have no file
  --no-preview    diff: leave out what it would newly remove
  --help          this text

The API key is LETHE_KEY, with the key scopes policies:read, policies:write to
push, and sweeps:run and sweeps:read for the previews of diff, which are observe
sweeps and remove nothing. Policies of further sources are checked where SOURCES
is set as it is in the deployment.

It ends with 0: all is well, or nothing differs; 1: a file is no policy,
something differs, or a write was refused; 2: it could not be done.
`;

/** Reads the command line, LETHE_URL and LETHE_KEY. Throws a Refusal that names the fix. */
export function readPolicyArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): PolicyArguments {
  let command: Command | null = null;
  let folder = DEFAULT_FOLDER;
  let url = env["LETHE_URL"] ?? null;
  const flags = { "--yes": false, "--prune": false, "--no-preview": false };
  const queue = [...args];
  for (let token = queue.shift(); token !== undefined; token = queue.shift()) {
    const [name = "", inline] = token.split(/=(.*)/s);
    const value = (): string => {
      const text = inline ?? queue.shift();
      if (text === undefined || text === "" || text.startsWith("--")) {
        throw new Refusal(`${name} needs a value: see npm run policy -- --help`);
      }
      return text;
    };
    if (token === "--help" || token === "-h") {
      return { command: null, folder, url, key: null, yes: false, prune: false, preview: false };
    }
    if (name === "--dir") {
      folder = value();
    } else if (name === "--url") {
      url = value();
    } else if (Object.hasOwn(flags, token)) {
      flags[token as keyof typeof flags] = true;
    } else if (command === null && isCommand(token)) {
      command = token;
    } else {
      throw new Refusal(`"${token}" is not understood: see npm run policy -- --help`);
    }
  }
  if (command === null) {
    throw new Refusal(`say what to do: ${COMMANDS.join(", ")}; see npm run policy -- --help`);
  }
  if (flags["--prune"] && command !== "push") {
    throw new Refusal("--prune goes with push alone");
  }
  return {
    command,
    folder,
    url: url === null || url === "" ? null : readUrl(url),
    key: env["LETHE_KEY"] ?? null,
    yes: flags["--yes"],
    prune: flags["--prune"],
    preview: !flags["--no-preview"],
  };
}

function isCommand(token: string): token is Command {
  return COMMANDS.some((command) => command === token);
}

/** An origin without a slash at its end. The key goes there: https, unless it is this machine. */
function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && isLoopback))) {
    throw new Refusal("the Worker's URL must be https://…, or http:// on this machine");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new Refusal("the Worker's URL must be an origin such as https://lethe.example.com");
  }
  return url.href.replace(/\/+$/, "");
}
