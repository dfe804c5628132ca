import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lethe, terminal, type Ran } from "./command.ts";
import { KEY, problem } from "./fake_api.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "lethe-home-"));
});
afterEach(() => rm(home, { recursive: true }));

const URL = "https://lethe.example.com";
const known = { "GET /v1/policies?limit=1": problem(403, "No."), "GET /healthz": { status: "ok" } };

async function run(
  args: readonly string[],
  world: Parameters<typeof lethe>[2] = {},
  answers: Parameters<typeof lethe>[1] = known,
): Promise<Ran> {
  return lethe(args, answers, { env: {}, home, ...world });
}

test("a profile is kept where only its user reads it, and names the Worker from then on", async () => {
  const person = terminal(80, URL, KEY);
  const ran = await run(["login"], person);
  expect([ran.code, person.asked]).toEqual([0, ["Worker: ", "API key (not shown): "]]);
  expect(ran.out()).not.toContain(KEY);
  const file = join(home, ".config/lethe/profiles.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await run(["status"])).out()).toContain(`ok  ${URL}`);
  expect((await run(["logout"])).code).toBe(0);
  expect(await readFile(file, "utf8")).toBe("{}\n");
  expect((await run(["status"])).code).toBe(2);
});

test("several profiles are told apart by name, in XDG_CONFIG_HOME", async () => {
  const env = { XDG_CONFIG_HOME: join(home, "xdg") };
  const readInput = async (): Promise<string> => `${KEY}\n`;
  const other = "https://staging.example.com";
  await run(["login", "--url", URL], { env, readInput });
  await run(["login", "--url", other, "--profile", "staging"], { env, readInput });
  expect((await run(["status"], { env })).out()).toContain(URL);
  expect((await run(["status", "--profile", "staging"], { env })).out()).toContain(other);
  expect((await run(["status", "--profile", "x"], { env })).code).toBe(2);
});

test("the key of a profile goes to no other Worker", async () => {
  await run(["login"], terminal(80, URL, KEY));
  const elsewhere = "https://other.example.com";
  const flag = await run(["status", "--url", elsewhere]);
  expect([flag.code, flag.api.seen]).toEqual([2, []]);
  const both = await run(["status", "--url", elsewhere, "--profile", "default"]);
  expect([both.code, both.api.seen]).toEqual([2, []]);
  const variable = await run(["status"], { env: { LETHE_URL: elsewhere } });
  expect([variable.code, variable.api.seen]).toEqual([2, []]);
});

test("a key that the Worker does not know is not kept", async () => {
  const ran = await run(["login"], terminal(80, URL, "seam_lethe_wrong"));
  expect([ran.code, ran.errors().join().includes("seam_lethe_wrong")]).toEqual([1, false]);
  await expect(stat(join(home, ".config"))).rejects.toThrow("ENOENT");
});

test("a file that others may read is refused, and so is one that is none", async () => {
  await run(["login"], terminal(80, URL, KEY));
  const file = join(home, ".config/lethe/profiles.json");
  await chmod(file, 0o644);
  const open = await run(["status"]);
  expect([open.code, open.api.seen]).toEqual([2, []]);
  expect(open.errors().join()).toContain("chmod 600");
  await rm(file);
  await run(["login"], terminal(80, URL, KEY));
  await import("node:fs/promises").then(({ writeFile }) => writeFile(file, `{"a": "${KEY}`));
  const torn = await run(["status"]);
  expect([torn.code, torn.errors().join().includes(KEY)]).toEqual([2, false]);
});
