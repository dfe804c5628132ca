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
