import { HELP, readArguments, Refusal } from "./start/arguments.ts";

// npm start: the main job, visible. What it does stands in HELP; how, in start/.

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => stop.abort());
}
// A reader that went away (`npm start | head`) ends the run as Ctrl-C does.
process.stdout.on("error", () => stop.abort());

process.exit(await main());

async function main(): Promise<number> {
  try {
    const args = readArguments(process.argv.slice(2), process.env["PORT"]);
    if (args.help) {
      console.log(HELP);
    } else {
      console.log(`Lethe is starting, which takes some seconds\nstate   ${args.state}`);
      // wrangler takes its time to load: by then the line above stands.
      const { start } = await import("./start/start.ts");
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
