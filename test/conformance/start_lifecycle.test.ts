import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { isAlive, leftoversOf } from "../../scripts/start/processes.ts";
import { emptyFolder, groupOf, runStart, spawnStart } from "./start_command.ts";

const SWEPT = /expired-client-sessions +[\d,]+ +([\d,]+) +([\d,]+) .*\n/;

async function runOf(folder: string): Promise<string> {
  return (JSON.parse(await readFile(join(folder, "start.lock"), "utf8")) as { run: string }).run;
}

describe("npm start", () => {
  test("says what it does before the Worker is there, and good-bye when it is stopped meanwhile", async () => {
    const started = Date.now();
    const command = runStart(await emptyFolder());
    await command.until(/^Lethe is starting.*\nstate {3}\S+$/m);
    // One second on an idle machine; tests share theirs.
    expect(Date.now() - started).toBeLessThan(5000);
    command.signal("SIGTERM");
    const { code, output } = await command.ended;
    expect(code).toBe(0);
    expect(output).toContain("\nGood-bye. ");
    expect(output).not.toMatch(/ {4}at |Lethe runs at/);
  });

  test("refuses a port that is taken, and says what to do", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    onTestFinished(() => {
      server.close();
    });
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, output } = await runStart(await emptyFolder(), "--port", String(port)).ended;
    expect(code).toBe(1);
    expect(output.trim().split("\n").at(-1)).toBe(
      `npm start: port ${port} is taken: choose another with --port N, or 0 for a free one`,
    );
  });

  test.each([
    [["--nonsense"], /Unknown argument: nonsense/],
    [
      ["--var", "SEAM_API_KEY:seam_x", "SEAM_ENDPOINT:http://example.com"],
      /SEAM_ENDPOINT: .*https/,
    ],
    [["--var", "API_KEYS:secret-not-json"], /API_KEYS must be a JSON array/],
    [["--var", "SEAM_API_KYE:secret-not-json"], /no such variable; is SEAM_API_KEY meant\?/],
    [["--var", "COLOUR=blue"], /--var COLOUR: there is no such variable; npm start -- --help/],
    [["--env-file", "nowhere.env"], /^npm start: --env-file nowhere.env: there is no such file$/m],
  ])("refuses %j with one clear message", async (args, message) => {
    const { code, output } = await runStart(await emptyFolder(), ...args).ended;
    expect(code).toBe(1);
    expect(output).toMatch(message);
    expect(output).not.toMatch(/secret-not-json|\n {4}at /);
  });
});

// The tests are in order: each begins with the state that the one before has left, which saves making it anew.
describe("npm start on one state folder, start after start", () => {
  let folder = "";
  let first: ReturnType<typeof spawnStart>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lethe-state-"));
    first = spawnStart(folder);
  });
  afterAll(async () => {
    await first.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  });

  const keyShown = async (): Promise<string> => {
    const [, key = ""] = await first.until(/shown this once.*\n +(seam_lethe_[0-9a-f]{64})\n/);
    return key;
  };

  test("shows the main job", async () => {
    await keyShown();
    await first.until(/demonstration data: 3,002 client_sessions, 2,001 agent_sessions/);
    const [, due, removed] = await first.until(SWEPT);
    expect(Number(due?.replace(",", ""))).toBeGreaterThan(1000);
    expect(removed).toBe(due);
    await first.until(/stale-agent-sessions +[\d,]+ +([\d,]+) +\1 /);
    await first.until(/^open {4}http.*\n[^]*^ {2}npx lethe status$/m);
  });

  test("refuses a second start on the same state, naming the process", async () => {
    const second = await runStart(folder).ended;
    expect(second.code).toBe(1);
    expect(second.output).toMatch(
      new RegExp(`process ${first.pid} already runs on this state .*--persist-to`),
    );
  });

  test("stops cleanly, and leaves what is secret to its owner alone", async () => {
    const run = await runOf(folder);
    expect(await leftoversOf(run, await groupOf(folder))).not.toEqual([]);
    first.signal("SIGINT");
    expect((await first.ended).code).toBe(0);
    expect((await first.ended).output).toMatch(/^Good-bye\. [^]*--persist-to \S+\n$/m);
    expect(await leftoversOf(run, null)).toEqual([]);

    for (const file of ["api_key", "lethe_secret", "variables.env", "memory.json"]) {
      expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
    }
    const key = await keyShown();
    expect((await readFile(join(folder, "api_key"), "utf8")).trim()).toBe(key);
    expect(await readFile(join(folder, "variables.env"), "utf8")).not.toContain(key);
  });

  test("goes on with the same state, and ends the whole group when it is killed itself", async () => {
    const again = runStart(folder);
    const [, due] = await again.until(SWEPT);
    expect(Number(due)).toBeLessThan(100);
    const run = await runOf(folder);
    expect(await leftoversOf(run, await groupOf(folder))).not.toEqual([]);
    again.signal("SIGKILL");
    const { output } = await again.ended;
    expect(output).not.toMatch(/shown this once|demonstration data|as you changed it/);
    await expect.poll(() => leftoversOf(run, null), { timeout: 10_000 }).toEqual([]);
  });

  test("takes over a lock whose process is dead, and ends the runtime that it left behind", async () => {
    const dying = runStart(folder);
    await dying.until(/Lethe runs at/);
    const run = await runOf(folder);
    const group = await groupOf(folder);
    // The worst crash: all but the runtime is gone, so nobody is left who could end it.
    process.kill(group, "SIGSTOP");
    dying.signal("SIGKILL");
    await dying.ended;
    process.kill(group, "SIGKILL");
    const left = await leftoversOf(run, group);
    expect(left).not.toEqual([]);

    const next = runStart(folder);
    await next.until(/Lethe runs at/);
    expect((await Promise.all(left.map(isAlive))).filter(Boolean)).toEqual([]);
    next.signal("SIGTERM");
    const { code, output } = await next.ended;
    expect(code).toBe(0);
    expect(output).toContain("\nGood-bye. ");
  });
});
