import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ApiKeys } from "../../../src/config/keys.ts";
import { NOT_SIGNED_IN } from "../../../scripts/deploy/deploy.ts";
import { weaknessOf } from "../../../scripts/lethe/setup/weak.ts";
import { expectNoWrap, lethe, terminal, type Ran } from "./command.ts";

const URL = "https://lethe.example.workers.dev";
const MADE = `seam_lethe_${"07".repeat(32)}`;

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "lethe-setup-"));
});
afterEach(() => rm(home, { recursive: true }));

interface SetUp extends Ran {
  readonly asked: readonly string[];
  /** Each program that ran, as it was typed. */
  readonly ran: readonly string[];
  readonly inputs: readonly string[];
}

/** Sets up with these answers; `set` are the secrets that there are, and null: wrangler fails. */
async function setup(
  answers: readonly string[],
  set: readonly string[] | null = [],
  {
    args = [],
    codes = [],
    errors = "It failed.",
  }: { args?: readonly string[]; codes?: readonly number[]; errors?: string } = {},
): Promise<SetUp> {
  const person = terminal(80, ...answers);
  const ran: string[] = [];
  const inputs: string[] = [];
  let made = 0;
  const written: string[] = [];
  const result = await lethe(
    ["setup", ...args],
    {},
    {
      ...person,
      env: {},
      home,
      random: (length) => new Uint8Array(length).fill(7 + made++),
      read: async (program, words) => {
        ran.push([program, ...words].join(" "));
        return set === null
          ? { code: 1, out: "", errors }
          : {
              code: 0,
              out: `Banner\n${JSON.stringify(set.map((name) => ({ name })))}`,
              errors: "",
            };
      },
      run: async (program, words, input) => {
        ran.push([program, ...words].join(" "));
        inputs.push(input ?? "");
        return codes[inputs.length - 1] ?? 0;
      },
      fetch: async (input, init) => {
        const request = new Request(input, init);
        written.push(`${request.method} ${request.url}`);
        return request.method === "PUT"
          ? Response.json(await request.json(), { status: 201 })
          : Response.json({ data: [], next_cursor: null });
      },
    },
  );
  return { ...result, asked: person.asked, ran: [...ran, ...written], inputs };
}

/** A new secret; alone; a name; no provider; the free plan; run it; kept; the URL. */
const ALONE = ["", "y", "jane", "", "", "n", "y", "", URL];

describe("lethe setup", () => {
  test("asks, shows what it will run, and runs it: secrets go to an input", async () => {
    const done = await setup(ALONE);
    expect([done.code, done.errors()]).toEqual([0, []]);
    expect(done.ran).toEqual([
      "npx wrangler secret list --format json",
      "npm run deploy",
      "npx wrangler secret bulk",
      `GET ${URL}/v1/policies?limit=1`,
      `PUT ${URL}/v1/policies/expired-client-sessions`,
      `PUT ${URL}/v1/policies/stale-agent-sessions`,
    ]);
    const secrets = JSON.parse(done.inputs[1] ?? "") as Record<string, string>;
    expect(Object.keys(secrets)).toEqual(["LETHE_SECRET", "API_KEYS", "FOUR_EYES", "PLAN"]);
    expect(secrets).toMatchObject({ FOUR_EYES: "off", PLAN: "free" });
    expect(ApiKeys.parse(JSON.parse(secrets["API_KEYS"] ?? ""))).toMatchObject([{ name: "jane" }]);
    const shown = done.lines().indexOf("It will run:");
    expect(done.lines().slice(shown + 1, shown + 6)).toEqual([
      "  npm run deploy",
      "  npx wrangler secret bulk   (reads LETHE_SECRET, API_KEYS, FOUR_EYES, PLAN)",
      "Then it will ask for the Worker's URL, keep the first key as a profile, and",
      "write the policies of policies/, which only observe.",
      "Keep these where you keep passwords: they are shown this once.",
    ]);
    expectNoWrap(done, 80);
  });

  test("keeps the key as a profile, and shows key and secret once", async () => {
    const done = await setup(ALONE);
    const file = await readFile(join(home, ".config/lethe/profiles.json"), "utf8");
    const { default: kept } = JSON.parse(file) as { default: { url: string; key: string } };
    expect(kept.url).toBe(URL);
    expect(done.out().split(kept.key)).toHaveLength(2);
    const secrets = JSON.parse(done.inputs[1] ?? "") as Record<string, string>;
    expect(done.out().split(secrets["LETHE_SECRET"] ?? "")).toHaveLength(2);
    expect(done.ran.join()).not.toContain(kept.key);
  });

  test("makes two keys for two people, so that one approves what the other wrote", async () => {
    const answers = ["", "n", "op", "boss", "", "", "y", "y", "", URL];
    const done = await setup(answers);
    const secrets = JSON.parse(done.inputs[1] ?? "") as Record<string, string>;
    expect(secrets["FOUR_EYES"]).toBeUndefined();
    const keys = ApiKeys.parse(JSON.parse(secrets["API_KEYS"] ?? ""));
    expect(keys.map(({ name }) => name)).toEqual(["op", "boss"]);
    expect(keys[0]?.scopes).not.toContain("sweeps:approve");
    expect(keys[1]?.scopes).not.toContain("policies:write");
    // What one asks for the other can approve: an erasure too, or nobody could.
    expect(keys.map(({ scopes }) => scopes.includes("erasures:write"))).toEqual([true, false]);
    expect(keys.map(({ scopes }) => scopes.includes("erasures:approve"))).toEqual([false, true]);
  });

  test("replaces nothing that is set", async () => {
    const done = await setup(["", "", "y"], ["LETHE_SECRET", "API_KEYS", "PLAN"]);
    expect(done.ran.slice(1)).toEqual(["npm run deploy"]);
    expect(done.asked.join()).not.toContain("LETHE_SECRET");
    expect(done.out()).toContain("Set, and left alone: LETHE_SECRET, API_KEYS, PLAN");
  });

  test("sets nothing where wrangler does not say what is set, unless it is the first time", async () => {
    const no = await setup(["n"], null);
    expect([no.code, no.ran.length]).toEqual([1, 1]);
    expect(no.out()).toContain("It failed.");
    const first = await setup(["y", ...ALONE], null);
    expect(first.code).toBe(0);
  });

  test("asks whoever is not signed in for that alone", async () => {
    const done = await setup(ALONE, null, { errors: `In CI, it's ${NOT_SIGNED_IN} to go on` });
    expect([done.code, done.asked, done.ran.length]).toEqual([1, [], 1]);
    expect(done.errors()).toEqual(["lethe: nothing was run: first sign in, by npx wrangler login"]);
    expect(done.out()).not.toContain(NOT_SIGNED_IN);
  });

  test("takes no weak secret, and repeats none", async () => {
    const weak = ["secret", "password".repeat(8), ...ALONE];
    const done = await setup(weak);
    expect([done.code, done.out().includes("passwordpassword")]).toEqual([0, false]);
    expect(done.out()).toContain("it has 6 characters: 32 are the least");
    expect(done.asked.filter((text) => text.startsWith("LETHE_SECRET"))).toHaveLength(3);
  });

  test("runs nothing in a dry run, nor without a yes", async () => {
    const dry = await setup(ALONE, [], { args: ["--dry-run", "--env", "staging"] });
    expect([dry.code, dry.ran]).toEqual([0, []]);
    expect(dry.out()).toContain("  npm run deploy -- --env staging\n");
    expect(dry.out()).toContain("write the policies of policies/, which only observe.");
    expect(dry.out()).not.toContain(MADE);
    const no = await setup([...ALONE.slice(0, 6), "n"]);
    expect([no.code, no.ran.length]).toEqual([1, 1]);
    expect(no.out()).not.toContain("seam_lethe_");
  });

  test("sets no secret after a deployment that failed", async () => {
    const done = await setup(ALONE, [], { codes: [1] });
    expect([done.code, done.inputs.length]).toEqual([1, 1]);
    expect(done.errors().join()).toContain("npm run deploy failed");
  });

  test("asks again for an answer that is needed, and says how to leave", async () => {
    const done = await setup(["", "y", "", "  ", "x".repeat(300), "jane", ...ALONE.slice(3)]);
    expect(done.code).toBe(0);
    expect(done.out()).toContain("An answer is needed. Ctrl-C leaves.");
    expect(done.asked.filter((text) => text.startsWith("Your name"))).toHaveLength(4);
  });

  test("asks again for a URL that is none", async () => {
    const done = await setup([...ALONE.slice(0, -1), "lethe", URL]);
    expect(done.code).toBe(0);
    expect(done.out()).toContain("must be https://");
  });

  test("needs a terminal", async () => {
    const ran = await lethe(["setup"]);
    expect([ran.code, ran.errors().join()]).toEqual([2, expect.stringContaining("a terminal")]);
  });
});

describe("a weak secret", () => {
  test.each(["", "a".repeat(40), "0123456789abcdef".repeat(3), " ".repeat(40), "short"])(
    "is %j",
    (secret) => {
      expect(weaknessOf(secret)).not.toBeNull();
    },
  );

  test("is none that is made of 32 random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32, min: 1 }), (bytes) => {
        fc.pre(new Set(bytes).size > 20);
        expect(weaknessOf(Buffer.from(bytes).toString("hex"))).toBeNull();
      }),
    );
  });
});
