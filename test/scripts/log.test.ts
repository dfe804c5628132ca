import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { boundedLog } from "../../scripts/start/log.ts";

test("a log of what wrangler says is bounded, keeps the newest, and is read by its owner alone", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lethe-log-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "wrangler.log");
  const log = boundedLog(path, 100);
  for (let line = 0; line < 1000; line += 1) {
    log.write(Buffer.from(`line ${String(line).padStart(4, "0")}\n`));
  }
  log.close();
  expect((await readdir(folder)).toSorted()).toEqual(["wrangler.log", "wrangler.log.old"]);
  const texts = await Promise.all(
    [`${path}.old`, path].map(async (name) => {
      const { size, mode } = await stat(name);
      expect([size <= 100, mode & 0o777]).toEqual([true, 0o600]);
      return readFile(name, "utf8");
    }),
  );
  const kept = texts.join("").trimEnd().split("\n");
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.at(-1)).toBe("line 0999");
  const first = Number(kept[0]?.slice(5));
  expect(kept).toEqual(kept.map((_, at) => `line ${String(first + at).padStart(4, "0")}`));
  boundedLog(path, 100).close();
  expect(await readFile(path, "utf8")).toBe("");
});
