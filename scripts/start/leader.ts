import { spawn } from "node:child_process";
import { signalGroup } from "./processes.ts";

// The leader of wrangler's process group. Its standard input is a pipe from the start script: when that
// closes, for whatever reason, the whole group ends. Killing wrangler alone would leave workerd running.

const child = spawn(process.execPath, process.argv.slice(2), {
  stdio: ["ignore", "inherit", "inherit"],
});

function endGroup(): void {
  signalGroup(process.pid, "SIGKILL");
}

process.stdin.once("close", endGroup).resume();
// wrangler hears these too, being in the group; the group ends when it has.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
child.once("error", endGroup);
child.once("close", endGroup);
