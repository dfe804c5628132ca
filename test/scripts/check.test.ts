import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bundleFaults, MOST_KIB } from "../../scripts/check/bundle.ts";
import { checkLayering, moduleFaults } from "../../scripts/check/layering.ts";
import { lockFileFaults } from "../../scripts/check/lock_file.ts";
import { summarize, summaryLine } from "../../scripts/test/summary.ts";

describe("the layering rule", () => {
  test.each([
    ["api/app.ts", `import { x } from "./sweeps/sweeps.ts";`],
    ["custodian/job/work.ts", `import type { Page } from "../../contract/registrar.ts";`],
    ["custodian/guard/sweep.ts", `import { x } from "../select/list.ts";`],
    ["custodian/select/list.ts", `import { x } from "./sweep.ts";`],
    ["sources/seam/list.ts", `import { x } from "../source.ts";\nimport * as z from "zod";`],
    ["core/values/hash.ts", `import { createHash } from "node:crypto";`],
    ["core/schedule/schedule.ts", `import { Cron } from "croner";`],
    [
      "core/rule/due.ts",
      `// fetch() and Date.now() are named in a comment only\nconst at = new Date(cutoff);`,
    ],
    ["index.ts", `import { createApp } from "./api/app.ts";`],
  ])("lets %s import downwards", (file, text) => {
    expect(moduleFaults(file, text)).toEqual([]);
  });

  test.each([
    [
      "core/rule/due.ts",
      `import { x } from "../../sources/source.ts";`,
      "core may import nothing but itself",
    ],
    ["core/values/x.ts", `import { x } from "../rule/due.ts";`, "values may import nothing"],
    [
      "core/rule/due.ts",
      `import { Hono } from "hono";`,
      "the core may import zod and nothing else",
    ],
    ["core/rule/due.ts", `import { env } from "cloudflare:workers";`, "the core may import zod"],
    ["core/rule/due.ts", `const at = Date.now();`, "the core takes it as an argument"],
    ["core/rule/due.ts", `const body = await fetch(url);`, "the core takes it as an argument"],
    [
      "core/values/key.ts",
      `import { createHash } from "node:crypto";`,
      "only src/core/values/hash.ts makes hashes",
    ],
    [
      "registrar/sweeps/tick.ts",
      `import { Cron } from "croner";`,
      "only src/core/schedule/schedule.ts reads cron texts",
    ],
    [
      "sources/seam/list.ts",
      `export { x } from "../vectara/list.ts";`,
      "seam may import fault.ts, source.ts, provider.ts, kinds.ts, answer.ts, hand_over.ts, http.ts, json",
    ],
    ["sources/source.ts", `import { x } from "../custodian/job/work.ts";`, "sources may import"],
    [
      "custodian/tables/plan/plan.ts",
      `import { x } from "../../job/work.ts";`,
      "tables may import",
    ],
    ["custodian/select/list.ts", `import { x } from "../guard/sweep.ts";`, "select may import"],
    ["custodian/job/work.ts", `import { x } from "../../registrar/x.ts";`, "custodian may import"],
    ["registrar/sweeps/tick.ts", `const x = await import("../../api/app.ts");`, "registrar may"],
    ["store/routes.ts", `import type { x } from "../api/app.ts";`, "store may import"],
    ["helpers/x.ts", `import { x } from "../core/due.ts";`, "nobody has said"],
    ["core/values/a/x.ts", `import { x } from "../y.ts";`, "nobody has said"],
  ])("stops %s: %s", (file, text, reason) => {
    expect(moduleFaults(file, text)).toEqual([expect.stringContaining(reason)]);
  });

  test("reads every module below a folder, and finds circles", async () => {
    const root = await mkdtemp(join(tmpdir(), "lethe-layering-"));
    await mkdir(join(root, "core/values"), { recursive: true });
    await mkdir(join(root, "config"), { recursive: true });
    await writeFile(join(root, "config/env.ts"), `import { x } from "../core/values/a.ts";`);
    await writeFile(join(root, "core/values/a.ts"), `import { y } from "../../config/env.ts";`);
    expect(await checkLayering(root)).toEqual([
      "src/core/values/a.ts imports ../../config/env.ts: core may import nothing but itself",
      "a circle of imports: config/env.ts > core/values/a.ts > config/env.ts",
    ]);
    await rm(root, { recursive: true });
  });
});

describe("the lock file rule", () => {
  test("misses the platform that npm left out", () => {
    const faults = lockFileFaults({
      packages: {
        "node_modules/tool": { optionalDependencies: { "tool-linux": "1", "tool-darwin": "1" } },
        "node_modules/tool/node_modules/tool-linux": {},
      },
    });
    expect(faults).toEqual([expect.stringContaining("may need tool-darwin")]);
  });

  test("finds a package above the one that needs it", () => {
    const packages = {
      "node_modules/a/node_modules/b": { optionalDependencies: { c: "1" } },
      "node_modules/c": {},
    };
    expect(lockFileFaults({ packages })).toEqual([]);
  });

  test("refuses the host of a registry", () => {
    const packages = { "node_modules/a": { resolved: "https://packages.test/a-1.tgz" } };
    expect(lockFileFaults({ packages })).toEqual([expect.stringContaining("packages.test")]);
  });
});

describe("the last line of a test run", () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((of) => ({ status: of })),
  });

  test("counts test cases", () => {
    const report = {
      success: false,
      numPassedTests: 3,
      numFailedTests: 1,
      testResults: [file("failed", "passed", "failed"), file("passed", "passed", "passed")],
    };
    expect(summaryLine(summarize(report, 1))).toBe("3 passed, 1 failed");
  });

  test("counts a file that could not be loaded as a failure", () => {
    const report = {
      success: false,
      numPassedTests: 3,
      numFailedTests: 0,
      testResults: [file("failed"), file("passed", "passed", "passed", "passed")],
    };
    expect(summaryLine(summarize(report, 1))).toBe("3 passed, 1 failed");
  });

  test.each([
    ["a crash", null, null],
    ["an exit code that no test explains", { numPassedTests: 0, numFailedTests: 0 }, 1],
    ["a run without a test", { numPassedTests: 0, numFailedTests: 0 }, 0],
  ])("never says 0 failed after %s", (_, counts, exitCode) => {
    const report = counts === null ? null : { success: true, testResults: [], ...counts };
    expect(summaryLine(summarize(report, exitCode))).toBe("0 passed, 1 failed");
  });
});

describe("the bundle", () => {
  const total = (kib: number) => `Total Upload: 700.00 KiB / gzip: ${kib.toFixed(2)} KiB`;

  test("may be as large as it may be, and no larger", () => {
    expect(bundleFaults(["wrangler", total(MOST_KIB)])).toEqual([]);
    expect(bundleFaults([total(MOST_KIB + 0.01)])).toEqual([
      `the bundle has ${MOST_KIB}.01 KiB with gzip, and may have ${MOST_KIB}`,
    ]);
    expect(bundleFaults(["wrangler"])).toEqual(["wrangler did not say how large the bundle is"]);
  });

  test("lacks nothing that the Worker names: wrangler only warns of that", () => {
    const warning = '[WARNING] Import "email" will always be undefined';
    expect(bundleFaults([warning, total(1)])).toEqual([warning]);
  });
});
