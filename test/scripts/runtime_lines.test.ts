import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { showOtherLines } from "../../scripts/test/runtime_lines.ts";

test("the runtime's own lines are kept, wherever a piece of text ends, and all others are shown", async () => {
  const pieces = [
    "one\nuncaught excep",
    "tion; exception = disconnected: jsg.Error: Network connection lost.\nstack: /a/bin/workerd@26b6840 /b\n",
    "two\nNOSENTRY SQLite alarm overdue\nstack: of a test\nthree",
  ];
  const shown: string[] = [];
  const kept = await showOtherLines(Readable.from(pieces), (line) => shown.push(line));
  expect(shown).toEqual(["one", "two", "stack: of a test", "three"]);
  expect(kept).toEqual([
    "uncaught exception; exception = disconnected: jsg.Error: Network connection lost.",
    "stack: /a/bin/workerd@26b6840 /b",
    "NOSENTRY SQLite alarm overdue",
  ]);
});
