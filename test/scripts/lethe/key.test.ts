import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { ApiKeys, KEY_SCOPES } from "../../../src/config/keys.ts";
import { findKey } from "../../../src/core/values/secret_key.ts";
import { ROLE_NAMES, ROLES, scopesOf } from "../../../scripts/lethe/setup/roles.ts";
import { lethe, terminal } from "./command.ts";

const KEY = `seam_lethe_${"07".repeat(32)}`;
const SHA256 = createHash("sha256").update(KEY).digest("hex");

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "lethe-key-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

describe("lethe key new", () => {
  test("prints the key once, and a value that the Worker takes it by", async () => {
    const ran = await lethe(["key", "new", "night-shift", "--role", "operator"], {}, terminal(80));
    expect([ran.code, ran.out().split(KEY).length]).toEqual([0, 2]);
    const value = ran.lines().find((line) => line.startsWith("  ["));
    const keys = ApiKeys.parse(JSON.parse(value ?? ""));
    expect(findKey(keys, KEY)).toMatchObject({ name: "night-shift", sha256: SHA256, reach: null });
    expect(value).not.toContain(KEY);
    expect(ran.out()).toContain("It replaces every key that is in force.");
  });

  test.each(ROLE_NAMES)("makes a key of the role %s, and prints it once", async (role) => {
    const ran = await lethe(["key", "new", "me", "--role", role, "--json"]);
    const [made] = ran.json() as [{ readonly key: string; readonly api_keys: unknown }];
    expect([ran.code, made.key, ran.out().split(KEY).length]).toEqual([0, KEY, 2]);
    expect(findKey(ApiKeys.parse(made.api_keys), made.key)?.scopes).toEqual(scopesOf([role]));
  });

  test("adds to the keys that there are, with the roles together", async () => {
    const present = [{ name: "old", sha256: "a".repeat(64), scopes: ["*"] }];
    const args = ["key", "new", "me", "--role", "approver", "--role", "viewer", "--workspace", "w"];
    const ran = await lethe(
      [...args, "--keys", "-", "--json"],
      {},
      {
        readInput: async () => JSON.stringify(present),
      },
    );
    expect(ran.json()).toEqual([
      {
        key: KEY,
        api_keys: [
          ...present,
          {
            name: "me",
            sha256: SHA256,
            scopes: scopesOf(["approver", "viewer"]),
            workspaces: ["w"],
          },
        ],
      },
    ]);
  });

  test("writes the value to a file that only its user reads", async () => {
    const file = join(await folder(), "keys.json");
    const ran = await lethe(["key", "new", "me", "--role", "viewer", "--out", file]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(ApiKeys.parse(JSON.parse(await readFile(file, "utf8")))).toHaveLength(1);
    expect(ran.out()).toContain(`npx wrangler secret put API_KEYS < ${file}`);
    expect(ran.out()).not.toContain(SHA256);
  });

  test.each<[readonly string[], string]>([
    [["me"], "required option '--role"],
    [["me", "--role", "root"], "there is no such role: use viewer, operator, approver, privacy"],
    [["old", "--role", "viewer", "--keys"], "two keys have the same name"],
    [["", "--role", "viewer"], "these would be no API_KEYS"],
  ])("refuses %j", async (args, message) => {
    const file = join(await folder(), "keys.json");
    await writeFile(file, JSON.stringify([{ name: "old", sha256: "a".repeat(64), scopes: ["*"] }]));
    const words = args.at(-1) === "--keys" ? [...args, file] : args;
    const ran = await lethe(["key", "new", ...words]);
    expect([ran.code, ran.out(), ran.errors()]).toEqual([
      2,
      "",
      [expect.stringContaining(message)],
    ]);
  });

  test("repeats nothing of a present value that is none", async () => {
    const readInput = async (): Promise<string> => "seam_lethe_pasted";
    const args = ["key", "new", "me", "--role", "viewer", "--keys", "-"];
    const ran = await lethe(args, {}, { readInput });
    expect([ran.code, ran.errors().join().includes("pasted")]).toEqual([2, false]);
  });
});

test("no role has every scope, and who operates approves nothing", () => {
  for (const name of ROLE_NAMES) {
    expect(ROLES[name].scopes).not.toContain("*");
    expect(KEY_SCOPES).toEqual(expect.arrayContaining([...ROLES[name].scopes]));
  }
  expect(scopesOf(["operator"]).filter((scope) => scope.endsWith(":approve"))).toEqual([]);
  const seen = KEY_SCOPES.filter((scope) => /^(?!sessions).*:read$/.test(scope));
  expect(scopesOf(["viewer"]).toSorted()).toEqual(seen.toSorted());
  const writes = scopesOf(["approver"]).filter((scope) => /:(?:write|run|delete)$/.test(scope));
  expect(writes).toEqual([]);
});
