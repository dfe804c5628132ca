import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { lethe } from "./command.ts";

const bash = await lethe(["completions", "bash"]);

/** What bash offers after these words, the last of which is being typed. */
function offered(...words: readonly string[]): string[] {
  const script = `${bash.out()}
COMP_WORDS=(lethe ${words.map((word) => `'${word}'`).join(" ")})
COMP_CWORD=${words.length}
_lethe
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).trim().split("\n");
}

describe("lethe completions bash", () => {
  test("offers the commands, and the options of each", () => {
    expect(offered("st")).toEqual(["status"]);
    expect(offered("hold", "")).toEqual(expect.arrayContaining(["add", "ls", "rm", "--json"]));
    expect(offered("hold", "add", "--pers")).toEqual(["--person"]);
    expect(offered("erase", "--csv", "x.csv", "--col")).toEqual(["--column"]);
    expect(offered("--json", "policy", "pu")).toEqual(["push", "pull"]);
  });
});

test.each(["zsh", "fish"])("lethe completions %s knows every command", async (shell) => {
  const ran = await lethe(["completions", shell]);
  expect(ran.code).toBe(0);
  for (const word of ["status", "hold", "push", "approve"]) {
    expect(ran.out()).toMatch(new RegExp(String.raw`\b${word}\b`));
  }
});

test("there are no others", async () => {
  expect((await lethe(["completions", "tcsh"])).code).toBe(2);
});
