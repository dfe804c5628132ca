import { execFile } from "node:child_process";
import { delimiter } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };

const COMMANDS = ["start", "dev", "deploy", "bench", "fake:seam", "fake:vectara"] as const;

test.each(COMMANDS)("npm run %s has a help that no terminal of 80 columns wraps", async (name) => {
  const path = ["node_modules/.bin", process.env["PATH"]].join(delimiter);
  const { stdout } = await promisify(execFile)("sh", ["-c", `${manifest.scripts[name]} --help`], {
    env: { ...process.env, PATH: path },
  });
  expect(stdout.split("\n").length).toBeGreaterThan(4);
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

test("npm start -- --help fetches nothing, and starts nothing else before it", async () => {
  expect(manifest.scripts.start).toBe(
    "node scripts/installed.mjs && exec node -- scripts/start.ts",
  );
  expect(manifest.scripts.dev).toBe(manifest.scripts.start);
  const env = { PATH: "/no/npm/here", npm_lifecycle_event: "start" };
  const args = ["scripts/start.ts", "--help"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout).not.toContain("/docs: ");
  expect([stdout.startsWith("npm start: "), stderr]).toEqual([true, ""]);
});
