import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { showOtherLines } from "./test/runtime_lines.ts";
import { findChromium, WITHOUT_CHROMIUM } from "./test/chromium.ts";
import { summarize, summaryLine, type TestReport } from "./test/summary.ts";

// Runs every project once and ends with the line "N passed, N failed", whatever happens.
// Arguments go through to vitest: npm test -- --project unit

const folder = await mkdtemp(join(tmpdir(), "lethe-test-"));
const reportPath = join(folder, "report.json");
const vitest = spawn(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${reportPath}`,
    ...process.argv.slice(2),
  ],
  // A file that waits for ever would say nothing and fail nothing: then the run ends as failed.
  { stdio: ["ignore", "inherit", "pipe"], timeout: 45 * 60_000 },
);
const runtimeLines = showOtherLines(vitest.stderr, console.error);
const exitCode = await new Promise<number | null>((resolve) => {
  vitest.once("error", () => resolve(null));
  vitest.once("close", resolve);
});
const runtimeSaid = await runtimeLines;
const summary = summarize(await readReport(), exitCode);
// Of a run that failed everything is shown.
if (summary.failed > 0 && runtimeSaid.length > 0) {
  console.error(`the runtime said:\n${runtimeSaid.join("\n")}`);
}
await rm(folder, { recursive: true, force: true });
if (findChromium() === null) {
  console.error(WITHOUT_CHROMIUM);
}
process.exitCode = summary.failed === 0 ? 0 : 1;
console.log(summaryLine(summary));

async function readReport(): Promise<TestReport | null> {
  try {
    return JSON.parse(await readFile(reportPath, "utf8")) as TestReport;
  } catch (error) {
    console.error(`vitest left no report: ${String(error)}`);
    return null;
  }
}
