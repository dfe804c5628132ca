#!/usr/bin/env node
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import "./installed.mjs";

// npx lethe, for whichever Node the host has: the command itself needs the one that npm ci installs.

const node = fileURLToPath(new URL("../node_modules/node/bin/node", import.meta.url));
const main = new URL("./lethe/main.ts", import.meta.url);

if (process.features.typescript || !existsSync(node)) {
  await import(main.href);
} else {
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: "inherit" });
  // Ctrl-C reaches both from a terminal, and a second time is the same: the command says how to go on.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.once("error", (error) => {
    throw error;
  });
  child.once("close", (code) => {
    process.exitCode = code ?? 1;
  });
}
