import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";

/** What a shell says of a command line with the command in it. */
function shell(line: string): { readonly code: number | null; readonly errors: string } {
  const text = line.replaceAll("lethe ", `"${process.execPath}" scripts/lethe.mjs `);
  const { status, stderr } = spawnSync("sh", ["-c", text], { encoding: "utf8" });
  return { code: status, errors: stderr };
}

test.runIf(existsSync("/dev/full"))("an output that cannot be written is a failure", () => {
  const ended = shell("lethe --help > /dev/full");
  expect(ended.code).toBe(4);
  expect(ended.errors).toMatch(/^lethe: the output cannot be written: ENOSPC.*\n$/);
  const start = `"${process.execPath}" scripts/start.ts --help > /dev/full`;
  expect(shell(start)).toEqual({
    code: 1,
    errors: expect.stringContaining("npm start: the output cannot be written: ENOSPC"),
  });
});

test("a reader that went away ends the command in silence", () => {
  // Its exit code comes over the third descriptor: that of a pipeline is the reader's.
  const line = "{ lethe --help; echo $? >&3; } 3>&2 2>&1 | true";
  expect(shell(line).errors).toBe("141\n");
});
