import { placeAssets } from "./assets/place.ts";
import { HELP, readArguments, Refusal } from "./start/arguments.ts";

// npm start: the main job, visible. What it does stands in HELP; how, in start/.

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stop.abort());
}
let unwritten: NodeJS.ErrnoException | null = null;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  unwritten ??= error;
  stop.abort();
});

const code = await main();
process.exit(unwritten === null ? code : codeOf(unwritten, code));

/** A reader that went away (`npm start | head`) ends the run as Ctrl-C does; a full disk is a failure. */
function codeOf(error: NodeJS.ErrnoException, ended: number): number {
  if (error.code === "EPIPE") {
    return ended;
  }
  console.error(`npm start: the output cannot be written: ${error.message}`);
  return 1;
}

async function main(): Promise<number> {
  try {
    const args = readArguments(process.argv.slice(2), process.env["PORT"]);
    if (args.help) {
      console.log(HELP);
    } else {
      console.log(`Lethe is starting, which takes some seconds\nstate   ${args.state}`);
      // wrangler takes its time to load: by then the line above stands.
      const [{ start }] = await Promise.all([import("./start/start.ts"), placeDocuments()]);
      await start(args, stop.signal);
    }
    return 0;
  } catch (error) {
    if (stop.signal.aborted) {
      return 0;
    }
    console.error(error instanceof Refusal ? `npm start: ${error.message}` : error);
    return 1;
  }
}

/** What /docs shows. Where a test or a script starts this it does without: they fetch nothing. */
async function placeDocuments(): Promise<void> {
  if (["start", "dev"].includes(process.env["npm_lifecycle_event"] ?? "")) {
    await placeAssets(console.log);
  }
}
