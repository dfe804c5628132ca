import { HELP, readArguments, Refusal } from "./start/arguments.ts";
import { watchOutput } from "./start/written.ts";

// npm start: the main job, visible. What it does stands in HELP; how, in start/.

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stop.abort());
}
const written = watchOutput(() => stop.abort());

const code = await main();
const unwritten = await written.end();
if (unwritten !== null) {
  console.error(`npm start: ${unwritten}`);
}
process.exit(unwritten === null ? code : 1);

async function main(): Promise<number> {
  try {
    const args = readArguments(process.argv.slice(2), process.env["PORT"]);
    if (args.help) {
      console.log(HELP);
    } else {
      console.log(`Lethe is starting, which takes some seconds\nstate   ${args.state}`);
      // wrangler takes its time to load: by then the line above stands.
      const [{ start }] = await Promise.all([import("./start/start.ts"), placeFiles()]);
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

/** What the Worker serves. The API reference is fetched where npm runs this, and not where a test does. */
async function placeFiles(): Promise<void> {
  const hasReference = ["start", "dev"].includes(process.env["npm_lifecycle_event"] ?? "");
  const { placeAssets } = await import("./assets/place.ts");
  await placeAssets({ hasReference }, console.log);
}
