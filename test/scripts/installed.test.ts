import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };

test("every command of ours says so where the packages are not installed, and nothing else", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lethe-bare-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "scripts"));
  await copyFile("scripts/installed.mjs", join(folder, "scripts/installed.mjs"));
  const run = promisify(execFile)(process.execPath, [join(folder, "scripts/installed.mjs")]);
  await expect(run).rejects.toMatchObject({
    code: 1,
    stdout: "",
    stderr: "The packages are not installed: run npm ci first.\n",
  });
  const bin = manifest.bin.lethe;
  expect((await stat(bin)).mode & 0o111).not.toBe(0);
  await copyFile(bin, join(folder, bin));
  const lethe = promisify(execFile)(process.execPath, [join(folder, bin)]);
  await expect(lethe).rejects.toMatchObject({
    code: 1,
    stdout: "",
    stderr: "The packages are not installed: run npm ci first.\n",
  });
  for (const name of ["start", "dev", "test", "check", "bench"] as const) {
    expect(manifest.scripts[name]).toMatch(/^node scripts\/installed\.mjs && /);
  }
  // npm runs it before deploy, without the arguments of deploy: so it may look, put the files of /docs in their
  // place on this machine, and change nothing that is deployed.
  expect(manifest.scripts.predeploy).toBe("node scripts/installed.mjs && node scripts/assets.ts");
});
