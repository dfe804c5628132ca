import { expect, test } from "vitest";
import { RuntimeLines } from "../../scripts/test/runtime_lines.ts";

test("the runtime's own lines are kept, wherever a piece of text ends, and all others are shown", () => {
  const lines = new RuntimeLines();
  const shown = [
    "one\nuncaught excep",
    "tion; exception = disconnected: jsg.Error: Network connection lost.\nstack: /a/bin/workerd@26b6840 /b\n",
    "two\nNOSENTRY SQLite alarm overdue\nstack: of a test\nthree",
  ].map((text) => lines.hear(text));
  expect([...shown, lines.rest()].join("")).toBe("one\ntwo\nstack: of a test\nthree");
  expect(lines.kept).toEqual([
    "uncaught exception; exception = disconnected: jsg.Error: Network connection lost.",
    "stack: /a/bin/workerd@26b6840 /b",
    "NOSENTRY SQLite alarm overdue",
  ]);
});
