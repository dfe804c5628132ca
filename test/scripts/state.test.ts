import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { readArguments } from "../../scripts/start/arguments.ts";
import { takeLock } from "../../scripts/start/lock.ts";
import { isAlive, leftoversOf, RUN_MARK } from "../../scripts/start/processes.ts";
import { keptSecret, openState, readMemory, writeMemory } from "../../scripts/start/state.ts";
import { prepareVariables, writeVariables } from "../../scripts/start/variables.ts";

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "lethe-state-"));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => {
    child.once("close", resolve);
  });
  return child.pid ?? 0;
}

// Only there can it be told whose a process is, and what it has open.
const isLinux = process.platform === "linux";

describe("the lock of a state folder", () => {
  test("is held once, names its holder, and leaves nothing behind", async () => {
    const path = await folder();
    const lock = await takeLock(path);
    await expect(takeLock(path)).rejects.toThrow(
      `process ${process.pid} already runs on this state`,
    );
    await lock.release();
    expect(await readdir(path)).toEqual([]);
    await (await takeLock(path)).release();
  });

  test("goes to one of several that find it stale at once", async () => {
    const path = await folder();
    const stale = { pid: await deadPid(), birth: "1", run: "gone", group: null };
    await writeFile(join(path, "start.lock"), JSON.stringify(stale));
    const takers = await Promise.allSettled(Array.from({ length: 8 }, () => takeLock(path)));
    expect(takers.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await readdir(path)).toEqual(["start.lock"]);
  });

  test("is stale when its number now belongs to a younger process", async () => {
    const path = await folder();
    const holder = { pid: process.pid, birth: "before that", run: "gone", group: null };
    await writeFile(join(path, "start.lock"), JSON.stringify(holder));
    const lock = await takeLock(path);
    expect(await readFile(join(path, "start.lock"), "utf8")).toContain(lock.run);
  });

  test.runIf(isLinux)("ends what the dead start left running, and nothing else", async () => {
    const path = await folder();
    const idle = ["-e", "setTimeout(() => {}, 60000)"];
    const ours = spawn(process.execPath, idle, {
      env: { ...process.env, [RUN_MARK]: "the-dead-run" },
    });
    const another = spawn(process.execPath, idle, {
      env: { ...process.env, [RUN_MARK]: "another" },
    });
    onTestFinished(() => {
      ours.kill("SIGKILL");
      another.kill("SIGKILL");
    });
    await expect.poll(() => leftoversOf("the-dead-run", null)).toEqual([ours.pid]);
    const stale = { pid: await deadPid(), birth: "1", run: "the-dead-run", group: null };
    await writeFile(join(path, "start.lock"), JSON.stringify(stale));
    await takeLock(path);
    expect(await leftoversOf("the-dead-run", null)).toEqual([]);
    expect(await isAlive(another.pid ?? 0)).toBe(true);
  });

  test.runIf(isLinux)("is refused while a stranger has the state open", async () => {
    const path = await folder();
    const file = join(path, "objects.sqlite");
    await writeFile(file, "");
    const script = `require("fs").openSync(${JSON.stringify(file)}); console.log("open"); setTimeout(() => {}, 60000)`;
    const stranger = spawn(process.execPath, ["-e", script]);
    onTestFinished(() => {
      stranger.kill("SIGKILL");
    });
    await new Promise((resolve) => {
      stranger.stdout.once("data", resolve);
    });
    await expect(takeLock(path)).rejects.toThrow(
      `process ${stranger.pid} has the state in ${path} open`,
    );
    expect(await readdir(path)).toEqual(["objects.sqlite"]);
  });

  test("is not taken over a file that is something else", async () => {
    const path = await folder();
    await writeFile(join(path, "start.lock"), "my notes");
    await expect(takeLock(path)).rejects.toThrow(/is not a lock file of this program/);
    expect(await readFile(join(path, "start.lock"), "utf8")).toBe("my notes");
  });
});

describe("what is kept beside the state", () => {
  test("a secret is made once, and only its owner can read it", async () => {
    const path = join(await folder(), "api_key");
    const first = await keptSecret(path, "seam_lethe_");
    expect(first).toMatch(/^seam_lethe_[0-9a-f]{64}$/);
    expect(await keptSecret(path, "seam_lethe_")).toBe(first);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("a memory that cannot be read is an error, for it restraints deletions", async () => {
    const state = await openState(await folder());
    const memory = {
      demo_loaded: { client_sessions: "2026-08-01T12:00:00.000Z" },
      key_shown: true,
      policies: { a: { digest: "d", target: "embedded" } },
    };
    await writeMemory(state, memory);
    expect(await readMemory(state)).toEqual(memory);
    await writeFile(join(state.path, "memory.json"), "{");
    await expect(readMemory(state)).rejects.toThrow(/memory\.json cannot be read/);
  });
});

describe("the Worker's variables", () => {
  test("reach wrangler as they are, whatever they hold", async () => {
    const path = join(await folder(), "variables.env");
    const values = {
      JSON: '[{"name":"a"}]',
      DOLLAR: "a$HOME${PATH}\\$b",
      QUOTES: `it's "so"`,
      HASH: "a # b",
      EMPTY: "",
    };
    // writeVariables reads them back through wrangler, and refuses what would arrive changed.
    await expect(writeVariables(path, values)).resolves.toBeUndefined();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(writeVariables(path, { ALL: "'`\"" })).rejects.toThrow(
      /ALL holds every kind of quotes/,
    );
  });

  test("hold the hash of a new key, never the key, and a key for this run", async () => {
    const state = await openState(await folder());
    const args = readArguments(["--var", "FOUR_EYES:off"], undefined);
    const { variables, own_key, run_key } = await prepareVariables(args, state);
    const keys = JSON.parse(variables["API_KEYS"] ?? "") as { name: string; scopes: string[] }[];
    expect(keys.map(({ name }) => name)).toEqual(["local", "npm start"]);
    expect(keys[0]?.scopes).toEqual(["*"]);
    expect(keys[1]?.scopes).not.toContain("*");
    expect(variables).toMatchObject({
      FOUR_EYES: "off",
      LETHE_SECRET: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const written = await readFile(state.variables_file, "utf8");
    expect(own_key).toMatch(/^seam_lethe_/);
    expect(written).not.toContain(own_key);
    expect(written).not.toContain(run_key);
  });

  test("keep the API keys that were given, and make none", async () => {
    const state = await openState(await folder());
    const mine = { name: "me", sha256: "0".repeat(64), scopes: ["*"] };
    const args = readArguments(["--var", `API_KEYS:${JSON.stringify([mine])}`], undefined);
    const { variables, own_key } = await prepareVariables(args, state);
    expect(own_key).toBeNull();
    expect(JSON.parse(variables["API_KEYS"] ?? "")).toEqual([
      mine,
      expect.objectContaining({ name: "npm start" }),
    ]);
    expect(await readdir(state.path)).not.toContain("api_key");
  });

  test("start with the example file as it is: what is set to nothing is made here", async () => {
    const state = await openState(await folder());
    const args = readArguments(["--env-file", ".dev.vars.example"], undefined);
    const { variables, own_key } = await prepareVariables(args, state);
    expect(own_key).toMatch(/^seam_lethe_/);
    expect(parseConfig(variables)).toMatchObject({ problems: [], calls_per_slice: 40 });
    expect(parseConfig(variables).keyring).not.toBeNull();
  });

  test.each([
    [
      ["SEAM_API_KYE:hush"],
      "--var SEAM_API_KYE: there is no such variable; is SEAM_API_KEY meant?",
    ],
    [["COLOUR:hush"], /^--var COLOUR: there is no such variable; npm start -- --help lists them$/],
    [
      ['SOURCES:{"seam_eu":{"provider":"seam","secret":"MY_KEY"}}', "YOUR_KEY:hush"],
      /^--var YOUR_KEY: there is no such variable/,
    ],
  ])("refuse a --var that nobody reads: %j", async (vars, message) => {
    const state = await openState(await folder());
    const args = readArguments(["--var", ...vars], undefined);
    await expect(prepareVariables(args, state)).rejects.toThrow(message);
    await expect(prepareVariables(args, state)).rejects.not.toThrow(/hush/);
  });

  test("take a --var that SOURCES names", async () => {
    const state = await openState(await folder());
    const sources = '{"seam_eu":{"provider":"seam","secret":"MY_KEY"}}';
    const args = readArguments(["--var", `SOURCES:${sources}`, "MY_KEY:k"], undefined);
    expect((await prepareVariables(args, state)).variables).toMatchObject({ MY_KEY: "k" });
  });

  test("never make what is only misspelt in a file", async () => {
    const path = await folder();
    const file = join(path, "vars.env");
    await writeFile(file, "LETHE_SECERT=a secret of more than 32 characters, misspelt\n");
    const args = readArguments(["--env-file", file], undefined);
    await expect(prepareVariables(args, await openState(path))).rejects.toThrow(
      "LETHE_SECRET is not set, but LETHE_SECERT is: rename it, or remove it",
    );
  });
});
