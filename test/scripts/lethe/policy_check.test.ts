import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AGENT, CLIENT, ENV, refused, usePolicyCommand } from "./policy_command.ts";

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
    expect(await command.run("check", {}, { SOURCES: sources })).toMatchObject({
      code: 0,
      errors: [],
    });
    expect(await command.run("check", {}, { SOURCES: "{" })).toMatchObject(refused("SOURCES"));
  });

  test("is refused where there is nothing to check", async () => {
    expect(await command.run("check")).toMatchObject(refused("there is no policy in"));
    expect(await command.run("check --dir no/such/folder")).toMatchObject(
      refused("no/such/folder: there is no such folder"),
    );
  });
});

describe("the policy command", () => {
  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["chek", ENV, "unknown command 'chek'"],
    ["check diff", ENV, "words that the command does not take"],
    ["diff --prune", ENV, "unknown option '--prune'"],
    ["diff --url", ENV, "argument missing"],
    ["diff --key=x", ENV, "unknown option '--key'"],
    ["diff --url=http://lethe.example.com", ENV, "must be https://"],
    ["diff --url=https://me:secret@lethe.example.com", ENV, ": write https://lethe.example.com"],
    ["diff --url=https://lethe.example.com/v1", ENV, ": write https://lethe.example.com"],
    ["diff --url=lethe.example.com", ENV, "must be https://"],
    ["diff", {}, "say which Worker"],
    ["diff", { LETHE_KEY: "k" }, "LETHE_KEY is set without LETHE_URL"],
    ["diff", { LETHE_URL: "https://lethe.example.com" }, "set LETHE_KEY"],
    ["diff", { ...ENV, LETHE_KEY: "a\nb" }, "the key is no API key"],
  ])("%j is refused", async (line, env, message) => {
    expect(await command.run(line, {}, env)).toMatchObject(refused(message));
  });

  test("never repeats its key", async () => {
    await command.put({ "a.json": CLIENT });
    const env = { ...ENV, LETHE_KEY: "seam_lethe_other" };
    const { code, errors } = await command.run("diff", {}, env);
    expect([code, errors]).toEqual([1, [expect.stringContaining("does not know this key")]]);
    expect(errors.join()).not.toContain("seam_lethe_other");
  });

  test.each<[string, () => Response | Promise<never>, string, number]>([
    [
      "cannot be reached",
      () => Promise.reject(new TypeError("fetch failed", { cause: new Error("ECONNREFUSED") })),
      "http://127.0.0.1:8787 cannot be reached: ECONNREFUSED",
      3,
    ],
    ["is no Lethe", () => new Response("<html>"), "did not answer JSON", 3],
    [
      "is another version",
      () => Response.json({ policies: [] }),
      "no list of policies that this version knows",
      3,
    ],
  ])("says it when the Worker %s", async (_, answer, message, code) => {
    await command.put({ "a.json": CLIENT });
    const reach = { fetch: async () => answer() };
    expect(await command.run("diff", reach)).toMatchObject(refused(message, code));
  });

  test("explains itself", async () => {
    expect(await command.run("--help")).toMatchObject({
      code: 0,
      out: expect.stringContaining("whether every file is a policy"),
    });
  });
});
