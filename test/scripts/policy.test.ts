import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPolicyArguments } from "../../scripts/policy/arguments.ts";
import { AGENT, CLIENT, ENV, usePolicyCommand } from "./policy_command.ts";

const command = usePolicyCommand();

describe("policy check", () => {
  test("passes when every file is a policy, and asks nobody", async () => {
    await command.put({
      "a.json": { $schema: "x", ...CLIENT },
      "b.json": AGENT,
      "README.md": "no policy",
    });
    expect(await command.run("check", {}, {})).toEqual({
      code: 0,
      out: "2 of 2 files are policies",
      errors: [],
    });
    expect(command.api.seen).toEqual([]);
  });

  test("names every error of every file", async () => {
    await command.put({
      "bare.json": { ...CLIENT, expire: [{ clock: "expires_at", after: "30" }] },
      "clock.json": { ...AGENT, expire: [{ clock: "expires_at", after: "P1D" }], dry_run: true },
      "Not An Id.json": CLIENT,
      "other.json": { ...CLIENT, source: "seam_eu" },
      "text.json": "{",
      "large.json": `{"note": "${"x".repeat(64 * 1024)}"}`,
      "deep.json": `${"[".repeat(40)}${"]".repeat(40)}`,
      "fine.json": CLIENT,
    });
    await writeFile(join(command.folder, "bytes.json"), Uint8Array.of(0xff, 0xfe, 0));
    await command.put({});
    const { code, out, errors } = await command.run("check");
    expect(code).toBe(1);
    expect(out).toBe("1 of 9 files are policies");
    expect(errors).toEqual([
      expect.stringContaining("/Not An Id.json: id: use 1 to 63 lower-case letters"),
      expect.stringContaining("/bare.json: expire[0].after: a number without a unit"),
      "/bytes.json: not UTF-8",
      expect.stringContaining("/clock.json: dry_run: unknown key"),
      expect.stringContaining("/deep.json: the text nests deeper than"),
      expect.stringContaining("/large.json: over 65536 bytes"),
      expect.stringContaining("/other.json: source: no such source"),
      expect.stringContaining("/text.json: the text is not JSON"),
    ]);
  });

  test("knows further sources by SOURCES", async () => {
    await command.put({ "eu.json": { ...CLIENT, source: "seam_eu" } });
    const sources = JSON.stringify({ seam_eu: { provider: "seam", secret: "SEAM_EU_API_KEY" } });
    expect(await command.run("check", { sources })).toMatchObject({ code: 0, errors: [] });
    await expect(command.run("check", { sources: "{" })).rejects.toThrow("SOURCES");
  });

  test("is refused where there is nothing to check", async () => {
    await expect(command.run("check")).rejects.toThrow("there is no policy in");
    await expect(command.run("check --dir no/such/folder")).rejects.toThrow(
      "cannot be read: ENOENT",
    );
  });
});

describe("the policy command", () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["", ENV, "is not understood"],
    ["chek", ENV, '"chek" is not understood'],
    ["check diff", ENV, '"diff" is not understood'],
    ["diff --prune", ENV, "--prune goes with push alone"],
    ["diff --url", ENV, "--url needs a value"],
    ["diff --key=x", ENV, '"--key=x" is not understood'],
    ["diff --url=http://lethe.example.com", ENV, "must be https://"],
    ["diff --url=https://me:secret@lethe.example.com", ENV, "must be an origin"],
    ["diff --url=lethe.example.com", ENV, "must be https://"],
    ["diff", { LETHE_KEY: "k" }, "say which Worker"],
    ["diff", { LETHE_URL: "https://lethe.example.com" }, "set LETHE_KEY"],
    ["diff", { ...ENV, LETHE_KEY: "a\nb" }, "LETHE_KEY is no API key"],
  ])("%j is refused", async (line, env, message) => {
    await expect(async () => command.run(line, {}, env)).rejects.toThrow(message);
  });

  test("is refused without a word", () => {
    expect(() => readPolicyArguments([], ENV)).toThrow("say what to do: check, diff, push, pull");
  });

  test("never repeats its key", async () => {
    await command.put({ "a.json": CLIENT });
    const thrown = await command
      .run("diff", {}, { ...ENV, LETHE_KEY: "seam_lethe_other" })
      .catch(String);
    expect(thrown).toContain("answered 401");
    expect(thrown).not.toContain("seam_lethe_other");
  });

  test.each<[string, () => Response | Promise<never>, string]>([
    [
      "cannot be reached",
      () => Promise.reject(new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") })),
      "http://127.0.0.1:8787 cannot be reached: ECONNREFUSED",
    ],
    ["is no Lethe", () => new Response("<html>"), "did not answer JSON"],
    [
      "is another version",
      () => Response.json({ policies: [] }),
      "no list of policies that this version knows",
    ],
  ])("says it when the Worker %s", async (_, answer, message) => {
    await command.put({ "a.json": CLIENT });
    const reach = { fetch: async () => answer() };
    await expect(command.run("diff", reach)).rejects.toThrow(message);
  });

  test("explains itself", async () => {
    expect(await command.run("--help")).toMatchObject({
      code: 0,
      out: expect.stringContaining("LETHE_KEY"),
    });
  });
});
