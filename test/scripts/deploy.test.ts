import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { deploy, NO_DATABASE, NOT_SIGNED_IN } from "../../scripts/deploy/deploy.ts";

/** A wrangler that answers so many calls with exit codes, and what it prints with each. */
async function play(args: readonly string[], answers: readonly (readonly [number, string?])[]) {
  const ran: string[] = [];
  const said: string[] = [];
  const code = await deploy(args, {
    run: async (tokens, seen) => {
      const [exit, text = "done"] = answers[ran.length] ?? [0];
      ran.push(tokens.join(" "));
      seen?.(text);
      return exit;
    },
    isFile: (path) => path === "there.env",
    read: () => 'name = "lethe"\n[[env.staging.kv_namespaces]]\n',
    say: (line) => said.push(line),
  });
  return { code, ran, said };
}

const MIGRATE = "d1 migrations apply STORE --remote";

describe("npm run deploy", () => {
  test("changes no table and deploys nothing in a dry run", async () => {
    const { code, ran } = await play(["--dry-run", "--env", "staging"], []);
    expect({ code, ran }).toEqual({ code: 0, ran: ["deploy --dry-run --env staging"] });
  });

  test.each([
    [["--dry-run=true"], ["deploy --dry-run"]],
    [["--dryRun", "true", "-e", "staging"], ["deploy --dry-run -e staging"]],
    [["--minify", "--dry-run"], ["deploy --dry-run --minify"]],
    [["--dry-run=false"], [MIGRATE, "deploy"]],
    [
      ["--dry-run", "false"],
      [MIGRATE, "deploy"],
    ],
  ])("reads a dry run as wrangler does: %j", async (args, ran) => {
    expect((await play(args, [])).ran).toEqual(ran);
  });

  test("does nothing at all where a file of variables is not there", async () => {
    for (const args of [["--env-file", "no.env"], ["--env-file=no.env"]]) {
      const { code, ran, said } = await play(args, []);
      expect({ code, ran }).toEqual({ code: 1, ran: [] });
      expect(said).toEqual(["--env-file no.env: there is no such file"]);
    }
    const there = await play(["--env-file", "there.env"], []);
    expect(there.ran).toEqual([`${MIGRATE} --env-file there.env`, "deploy --env-file there.env"]);
  });

  test("does nothing where wrangler.toml does not have the environment, which wrangler would make of the first", async () => {
    for (const args of [["--env", "stagin"], ["--env=stagin"], ["-e", "stagin", "--dry-run"]]) {
      const { code, ran, said } = await play(args, []);
      expect({ code, ran }).toEqual({ code: 1, ran: [] });
      expect(said.join("")).toContain("wrangler.toml has no [env.stagin]");
    }
    expect((await play(["--env", "stagin", "-c", "other.toml"], [])).code).toBe(0);
  });

  test("says how to sign in where wrangler, whose output is read, asks for a token", async () => {
    const asks = "it's necessary to set a CLOUDFLARE_API_TOKEN environment variable";
    const { code, ran, said } = await play([], [[1, asks]]);
    expect({ code, ran }).toEqual({ code: 1, ran: [MIGRATE] });
    expect(said).toEqual(["first sign in: npx wrangler login", "nothing was deployed"]);
  });

  test("brings the tables up to date before the Worker that needs them", async () => {
    expect((await play([], [[0], [0]])).ran).toEqual([MIGRATE, "deploy"]);
  });

  test("takes both halves to the same place", async () => {
    const { ran } = await play(["--env", "staging", "-c=other.toml", "--keep-vars"], [[0], [0]]);
    expect(ran).toEqual([
      `${MIGRATE} --env staging -c=other.toml`,
      "deploy --env staging -c=other.toml --keep-vars",
    ]);
  });

  test("deploys nothing when a migration failed", async () => {
    const { code, ran } = await play([], [[7, "no such table"]]);
    expect({ code, ran }).toEqual({ code: 7, ran: [MIGRATE] });
  });

  test("deploys nothing when the migrations end without a word: wrangler's launcher ends with 0 if it was killed", async () => {
    const { code, ran, said } = await play([], [[0, ""]]);
    expect({ code, ran }).toEqual({ code: 1, ran: [MIGRATE] });
    expect(said).toEqual(["the migrations failed", "nothing was deployed"]);
  });

  test("deploys first where the database is made by that, and ends with what failed", async () => {
    const missing = "Couldn't find a D1 DB named 'lethe-store' (bound as 'STORE') in the API.";
    const first = await play([], [[1, missing], [0], [0]]);
    expect({ code: first.code, ran: first.ran }).toEqual({
      code: 0,
      ran: [MIGRATE, "deploy", MIGRATE],
    });
    expect((await play([], [[1, missing], [3]])).ran).toEqual([MIGRATE, "deploy"]);
  });

  test("knows what the installed wrangler says of a database that is not there, and to whoever is not signed in", () => {
    const wrangler = readFileSync("node_modules/wrangler/wrangler-dist/cli.js", "utf8");
    const sentences = wrangler.match(/Couldn't find [^'`]{0,40}D1 DB named '/g) ?? [];
    expect(sentences.length).toBeGreaterThan(0);
    expect(sentences.every((sentence) => NO_DATABASE.test(sentence))).toBe(true);
    expect(wrangler).toContain(NOT_SIGNED_IN);
  });
});
