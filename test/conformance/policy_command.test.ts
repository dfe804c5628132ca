import { spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
  /** Told how the running command can be sent a signal. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void) => void;
}

/** `npm run policy` as a pipeline runs it, without the npm around it. */
async function policy(
  args: readonly string[],
  { url = worker.url, key = API_KEY, onStart }: Circumstances = {},
): Promise<Ended> {
  const child = spawn(process.execPath, ["scripts/policy.ts", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], LETHE_URL: url, LETHE_KEY: key },
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
  return new Promise((resolve) => {
    child.once("close", (code) => resolve({ code, out, errors }));
  });
}

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
      code: 2,
      errors: expect.stringContaining("403"),
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
  expect(ended).toMatchObject({ code: 2, out: "", errors: expect.stringContaining("stopped") });
});
