import { existsSync } from "node:fs";

// Plain JavaScript, for whichever Node the host has: the scripts need the one that npm ci installs.
if (!existsSync(new URL("../node_modules/.package-lock.json", import.meta.url))) {
  console.error("The packages are not installed: run npm ci first.");
  process.exit(1);
}
