import type { Command } from "commander";
import { expect, test } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import type { Start } from "../../../scripts/lethe/action.ts";
import { createProgram } from "../../../scripts/lethe/program.ts";
import { expectNoWrap, lethe } from "./command.ts";

const IDLE: Start = Object.assign(() => async () => {}, { inLines: () => async () => {} });

function wordsOf(command: Command, before: readonly string[]): string[][] {
  return command.commands.flatMap((one) => {
    const words = [...before, one.name()];
    return [words, ...wordsOf(one, words)];
  });
}

const COMMANDS = wordsOf(createProgram(IDLE, { write: () => {}, columns: null }), []);

test("there are the commands that the documents tell of", () => {
  const names = COMMANDS.map((words) => words.join(" "));
  for (const name of ["status", "waiting", "approve", "hold add", "policy push", "erase"]) {
    expect(names).toContain(name);
  }
});

test.each([[], ...COMMANDS])(
  "lethe %s %s --help fits 80 columns, and asks nobody",
  async (...words) => {
    const args = [...words.filter((word) => word !== undefined), "--help"];
    for (const columns of [null, 80, 120]) {
      const ran = await lethe(args, {}, { columns });
      expect([ran.code, ran.errors(), ran.api.seen]).toEqual([0, [], []]);
      expect(ran.lines().length).toBeGreaterThan(4);
      expectNoWrap(ran, 80);
    }
  },
);

test.each([
  [[], "say what to do"],
  [["hold"], "say what to do: npx lethe hold --help"],
  [["stauts"], "Did you mean status?"],
  [["stauts"], "see npx lethe --help"],
  [["sweep"], "missing required argument 'policy'; see npx lethe sweep --help"],
  [["hold", "add", "--own"], "see npx lethe hold add --help"],
  [["policy", "check", "policies/"], "does not take: name a folder by --dir; see npx lethe policy"],
  [["cancel", "a", "jane_doe"], "words that the command does not take; see npx lethe cancel"],
])("%j is no command line, and the exit code is 2", async (args, message) => {
  const ran = await lethe(args);
  expect([ran.code, ran.out(), ran.errors()]).toEqual([2, "", [expect.stringContaining(message)]]);
  expect(ran.errors().join()).not.toContain("jane");
});

test("--version is that of the package, and asks nobody", async () => {
  const ran = await lethe(["--version"]);
  expect([ran.code, ran.lines(), ran.errors()]).toEqual([0, [manifest.version], []]);
});

test("nothing is said where nobody reads the output any more", async () => {
  const isUnread = (): boolean => true;
  const goOn = (): void => {
    throw new Error("aborted");
  };
  const ran = await lethe(["status"], {}, { isUnread, isStopped: isUnread, goOn });
  expect([ran.code, ran.errors()]).toEqual([141, []]);
});
