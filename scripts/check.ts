import { checkBundle } from "./check/bundle.ts";
import { checkLayering } from "./check/layering.ts";
import { checkLockFile } from "./check/lock_file.ts";
import { checkDocuments } from "./docs/documents.ts";
import { runTool } from "./check/tool.ts";

// Everything that can be said about the code without running it. All checks run, then all that failed
// is shown: one look is enough to know what to mend.

/** What a check found wrong; nothing when it passed. */
type Check = () => Promise<readonly string[]>;

/** Runs knip, where a pattern of its configuration that finds nothing any more is a fault, too. */
function runKnip(...mode: readonly string[]): Promise<readonly string[]> {
  const cache = `node_modules/.cache/knip${mode.join("")}`;
  const strict = ["--no-progress", "--treat-config-hints-as-errors"];
  return runTool("knip", ["--cache", "--cache-location", cache, ...strict, ...mode]);
}

/** What the types were found to be: only what hangs on a changed file is looked at again. */
const TYPES_SEEN = "node_modules/.cache/types.tsbuildinfo";

const checks: Readonly<Record<string, Check>> = {
  format: () => runTool("oxfmt", ["--check"]),
  lint: () => runTool("oxlint", ["--type-aware", "--deny-warnings"]),
  types: () => runTool("tsc", ["--noEmit", "--incremental", "--tsBuildInfoFile", TYPES_SEEN]),
  "generated types": () => runTool("wrangler", ["types", "--include-runtime=false", "--check"]),
  unused: () => runKnip(),
  "used by tests only": () => runKnip("--production"),
  layering: () => checkLayering("src"),
  documents: () => checkDocuments(),
  bundle: () => checkBundle(),
  "lock file": () => checkLockFile("package-lock.json"),
};

const names = Object.keys(checks);
const width = Math.max(...names.map((name) => name.length));
const outcomes = await Promise.all(
  Object.entries(checks).map(async ([name, check]) => {
    const startedAt = performance.now();
    const faults = await check();
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    console.log(`${faults.length === 0 ? "ok  " : "FAIL"}  ${name.padEnd(width)}  ${seconds} s`);
    return { name, faults };
  }),
);
const failed = outcomes.filter(({ faults }) => faults.length > 0);
for (const { name, faults } of failed) {
  console.log(`\n${name}\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
