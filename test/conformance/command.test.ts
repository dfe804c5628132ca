import { spawn, spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { API_KEY, READ_KEY, startWorker, WORKSPACE, type BuiltWorker } from "./seam_worker.ts";
import { emptyFolder } from "./start_command.ts";

let worker: BuiltWorker;
beforeAll(async () => {
  worker = await startWorker();
});
afterAll(() => worker.close());

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

interface Circumstances {
  readonly url?: string;
  readonly key?: string;
  readonly input?: string;
  /** Told how the running command can be sent a signal. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
}

interface Started {
  readonly url: string;
  readonly key: string;
  readonly input: string;
  readonly onStart?: Circumstances["onStart"] | undefined;
}

/** `npx lethe` as a pipeline runs it, without the npx around it; `in` is what it reads. */
async function lethe(
  args: readonly string[],
  { url = worker.url, key = API_KEY, input = "", onStart }: Circumstances = {},
): Promise<Ended> {
  return start(process.execPath, ["scripts/lethe.mjs", ...args], { url, key, input, onStart });
}

/** The same at a terminal of so many columns, where `script` of util-linux makes one. */
async function letheAt(columns: number, args: string, circumstances: Circumstances = {}) {
  const { url = worker.url, key = API_KEY, input = "" } = circumstances;
  const command = `stty cols ${columns} && exec ${process.execPath} scripts/lethe.mjs ${args}`;
  const { code, out } = await start("script", ["-qec", command, "/dev/null"], { url, key, input });
  // What a terminal shows in the end of each line: what was overwritten is gone.
  const lines = out
    .split(/\r?\n/)
    .map((line) => line.split("\r").at(-1) ?? "")
    .map(stripVTControlCharacters);
  return { code, out, lines };
}

const hasTerminals = String(spawnSync("script", ["--version"]).stdout).includes("util-linux");

async function start(
  program: string,
  args: readonly string[],
  { url, key, input, onStart }: Started,
): Promise<Ended> {
  const child = spawn(program, args, {
    env: { PATH: process.env["PATH"], TERM: "xterm", LETHE_URL: url, LETHE_KEY: key },
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let out = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  onStart?.((signal) => child.kill(signal));
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, out, errors }));
  });
}

const policy = (args: readonly string[], circumstances?: Circumstances): Promise<Ended> =>
  lethe(["policy", ...args], circumstances);

async function shippedPolicies(): Promise<string> {
  const folder = await emptyFolder();
  for (const name of ["expired-client-sessions.json", "stale-agent-sessions.json"]) {
    await copyFile(join("policies", name), join(folder, name));
  }
  return folder;
}

describe("policies as files, on the built Worker", () => {
  test("are checked, pushed, compared and pulled", async () => {
    const folder = await shippedPolicies();
    const dir = ["--dir", folder];
    expect(await policy(["check", ...dir])).toEqual({
      code: 0,
      out: "2 of 2 files are policies\n",
      errors: "",
    });
    expect(await policy(["diff", "--no-preview", ...dir])).toMatchObject({ code: 1 });
    expect(await policy(["push", ...dir])).toMatchObject({
      code: 2,
      errors: expect.stringContaining("add --yes"),
    });
    expect(await policy(["push", "--yes", ...dir])).toMatchObject({
      code: 0,
      out: expect.stringContaining("written stale-agent-sessions"),
    });
    expect(await policy(["diff", ...dir])).toMatchObject({ code: 0, out: "nothing differs\n" });
    const copy = await emptyFolder();
    expect(await policy(["pull", "--yes", "--dir", copy])).toMatchObject({ code: 0 });
    expect(await policy(["diff", "--dir", copy])).toMatchObject({ code: 0 });
    const pulled = await readFile(join(copy, "stale-agent-sessions.json"), "utf8");
    expect(pulled).toContain("docs/policy.schema.json");
    expect(await policy(["push", "--yes", ...dir], { key: READ_KEY })).toMatchObject({
      code: 1,
      errors: expect.stringContaining("needs the key scope policies:read"),
    });
  });

  test("show what a change would remove, and remove nothing", async () => {
    const folder = await shippedPolicies();
    await policy(["push", "--yes", "--dir", folder]);
    const hoursAgo = (hours: number): string =>
      new Date(Date.now() - hours * 3_600_000).toISOString();
    const expired = [1, 2, 30].map((hours) => ({
      client_session_id: `00000000-0000-4000-8000-0000000000${String(hours).padStart(2, "0")}`,
      workspace_id: WORKSPACE,
      created_at: hoursAgo(48),
      expires_at: hoursAgo(hours),
      token: `seam_cst1policy_${hours}`,
    }));
    await worker.importSessions(...expired);
    const path = join(folder, "expired-client-sessions.json");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("PT15M", "PT90M"));
    const { code, out, errors } = await policy(["diff", "--dir", folder]);
    expect([code, errors]).toEqual([1, ""]);
    expect(out).toContain('    expire[0].after: "PT15M" → "PT1H30M"\n');
    expect(out).toMatch(/ {4}due now: 2; newly: 0; no longer: 1 {2}\(swp_/);
    const answer = await fetch(`${worker.url}/client_sessions/list`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    expect(await answer.json()).toMatchObject({ client_sessions: { length: 3 } });
  });
});

describe("the desk, on the built Worker", () => {
  const hoursAgo = (hours: number): string =>
    new Date(Date.now() - hours * 3_600_000).toISOString();

  async function store(key: string, count: number): Promise<void> {
    const records = Array.from({ length: count }, (_, at) => ({
      client_session_id: `${key}-${at}`,
      workspace_id: WORKSPACE,
      created_at: hoursAgo(48),
      expires_at: hoursAgo(at + 1),
      user_identifier_key: key,
      token: `seam_cst1${key}_${at}`,
    }));
    await worker.importSessions(...records);
  }

  test("erases a person that the input names, and says in JSON lines how it went", async () => {
    await store("desk-jane", 3);
    const args = ["erase", "--person", "-", "--yes", "--wait"];
    const { code, out, errors } = await lethe(args, { input: "user_identifier_key=desk-jane\n" });
    expect([code, errors]).toEqual([0, ""]);
    const lines = out.trimEnd().split("\n");
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ status: "completed" });
    expect(out).not.toContain("desk-jane");
  });

  test("previews, sweeps and explains", async () => {
    const folder = await shippedPolicies();
    await policy(["push", "--yes", "--dir", folder]);
    await store("desk-late", 5);
    const previewed = await lethe(["preview", "expired-client-sessions", "--json"]);
    expect(previewed).toMatchObject({ code: 0, errors: "" });
    expect(previewed.out).toContain("desk-late-4");
    const swept = await lethe(["sweep", "expired-client-sessions", "--watch"]);
    expect([swept.code, swept.errors]).toEqual([0, ""]);
    expect(JSON.parse(swept.out.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
      status: "observed",
      counts: { due: expect.any(Number) },
    });
    const explained = await lethe(["explain", "desk-late-4"]);
    expect([explained.code, explained.errors]).toEqual([0, ""]);
    expect(explained.out).toContain("expired-client-sessions (observe): it is due");
  });

  test("pauses, says so, and resumes", async () => {
    expect(await lethe(["pause", "--reason", "try"])).toMatchObject({ code: 0, errors: "" });
    const paused = await lethe(["status"]);
    expect(paused.code).toBe(1);
    expect(paused.out).toContain("> npx lethe resume");
    expect(await lethe(["resume"])).toMatchObject({ code: 0, errors: "" });
    expect((await lethe(["status"])).out).not.toContain("paused");
  });

  test.runIf(hasTerminals).each([80, 120])(
    "wraps no line at a terminal of %d columns",
    async (columns) => {
      await lethe(["pause", "--reason", `why ${"so ".repeat(60)}`]);
      const status = await letheAt(columns, "status");
      const swept = await letheAt(columns, "sweep expired-client-sessions --watch");
      const help = await letheAt(columns, "erase --help");
      await lethe(["resume"]);
      expect([status.code, swept.code, help.code]).toEqual([1, 0, 0]);
      expect(swept.out).toContain("\u001B[2K");
      for (const line of [status, swept, help].flatMap(({ lines }) => lines)) {
        expect(line.length).toBeLessThanOrEqual(columns);
      }
    },
  );

  test.runIf(hasTerminals)("asks at a terminal, and takes a no", async () => {
    const answered = await letheAt(80, "erase --person user_identifier_key=desk-nobody", {
      input: "n\n",
    });
    expect(answered.code).toBe(1);
    expect(answered.out).toContain("[y/N]");
    expect(answered.out).toContain("nothing is done");
  });
});

/** A server that takes requests and never answers one. */
async function silentServer(onRequest: () => void): Promise<string> {
  const server: Server = createServer(() => onRequest());
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.each(["SIGINT", "SIGTERM"] as const)("%s ends the command, and says so", async (signal) => {
  const folder = await shippedPolicies();
  let kill: (name: NodeJS.Signals) => void = () => {};
  const url = await silentServer(() => kill(signal));
  const onStart = (end: typeof kill): void => {
    kill = end;
  };
  const ended = await policy(["push", "--yes", "--dir", folder], { url, onStart });
  expect(ended).toMatchObject({ code: 130, out: "", errors: expect.stringContaining("stopped") });
});
