import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { problem } from "./fake_api.ts";
import { AGENT, CLIENT, refused, usePolicyCommand } from "./policy_command.ts";

const command = usePolicyCommand();

describe("policy push", () => {
  test("writes what differs, citing what was compared, and deletes nothing", async () => {
    await command.put({ "a.json": CLIENT, "b.json": AGENT });
    command.api.stored.set("b", { ...AGENT, note: "old" });
    command.api.stored.set("c", CLIENT);
    const { code, out } = await command.run("push --yes");
    expect(code).toBe(0);
    expect(command.writes()).toEqual([
      "PUT /v1/policies/a *",
      expect.stringMatching(/^PUT \/v1\/policies\/b "[0-9a-f]{64}"$/),
    ]);
    expect(out).toContain("written a\nwritten b");
    expect([...command.api.stored.keys()].toSorted()).toEqual(["a", "b", "c"]);
    expect(await command.run("push --yes")).toMatchObject({ code: 0 });
    expect(command.writes()).toHaveLength(2);
  });

  test("deletes with --prune alone", async () => {
    await command.put({ "a.json": CLIENT });
    command.api.stored.set("a", CLIENT);
    command.api.stored.set("c", CLIENT);
    const pruned = await command.run("push --yes --prune");
    expect(pruned.code).toBe(0);
    expect([...command.api.stored.keys()]).toEqual(["a"]);
    expect(pruned.out).toContain("- c has no file, and is deleted\n");
    expect(command.writes()).toEqual([
      expect.stringMatching(/^DELETE \/v1\/policies\/c "[0-9a-f]{64}"$/),
    ]);
  });

  test("writes nothing while a file is no policy, and deletes nobody's policy for it", async () => {
    await command.put({ "a.json": CLIENT, "b.json": "{" });
    command.api.stored.set("b", CLIENT);
    const { code, out, errors } = await command.run("push --yes --prune");
    expect([code, command.writes()]).toEqual([1, []]);
    expect(errors).toEqual([
      expect.stringContaining("/b.json"),
      expect.stringContaining("nothing"),
    ]);
    expect(out).not.toContain("- b");
  });

  test("of an empty folder is refused: it would delete everything", async () => {
    command.api.stored.set("a", CLIENT);
    expect(await command.run("push --yes --prune")).toMatchObject(refused("there is no policy in"));
  });

  test("leaves what somebody changed meanwhile, and writes the others", async () => {
    await command.put({ "a.json": CLIENT, "b.json": AGENT, "d.json": CLIENT });
    command.api.stored.set("b", { ...AGENT, note: "old" });
    command.api.stored.set("c", CLIENT);
    command.api.before = (method) => {
      if (method === "PUT") {
        command.api.stored.set("b", { ...AGENT, note: "theirs" });
        command.api.stored.delete("c");
      }
      return undefined;
    };
    const { code, errors } = await command.run("push --yes --prune");
    expect(code).toBe(1);
    expect(errors).toEqual([
      "b is not written: somebody has changed it meanwhile: see npx lethe policy diff",
      "c is not written: somebody has changed it meanwhile: see npx lethe policy diff",
    ]);
    expect(command.api.stored.get("b")).toMatchObject({ note: "theirs" });
    expect([...command.api.stored.keys()].toSorted()).toEqual(["a", "b", "d"]);
  });

  test("replaces a document that is invalid in the Worker", async () => {
    await command.put({ "a.json": CLIENT });
    command.api.stored.set("a", { source: "client_sessions" });
    expect(await command.run("push --yes")).toMatchObject({ code: 0 });
    expect(command.writes()).toEqual(["PUT /v1/policies/a *"]);
  });

  test("tells what the Worker refuses", async () => {
    await command.put({ "eu.json": { ...CLIENT, source: "seam_eu" } });
    const { code, errors } = await command.run("push --yes");
    expect(code).toBe(1);
    expect(errors).toEqual([expect.stringContaining("source: no such source")]);
  });

  test.each([
    [401, "the Worker does not know this key"],
    [403, "Answered 403. No."],
  ])("ends when its key is refused with %d", async (status, why) => {
    await command.put({ "a.json": CLIENT, "b.json": AGENT });
    command.api.before = (method) => (method === "PUT" ? problem(status, "No.") : undefined);
    expect(await command.run("push --yes")).toMatchObject(refused(why, 1));
    expect(command.writes()).toHaveLength(1);
  });

  test("asks first, and writes nothing without a yes", async () => {
    await command.put({ "a.json": CLIENT });
    expect(await command.run("push")).toMatchObject(refused("add --yes"));
    const asked: string[] = [];
    const answer = (yes: boolean) => async (question: string) => {
      asked.push(question);
      return yes ? "y" : "";
    };
    expect(await command.run("push", { ask: answer(false) })).toMatchObject(
      refused("nothing is done", 1),
    );
    expect(command.writes()).toEqual([]);
    expect(await command.run("push", { ask: answer(true) })).toMatchObject({ code: 0 });
    expect(asked).toEqual(Array(2).fill("Write 1 in http://127.0.0.1:8787? [y/N] "));
  });

  test("stops between two writes", async () => {
    await command.put({ "a.json": CLIENT, "b.json": AGENT });
    const isStopped = (): boolean => command.writes().length === 1;
    const goOn = (): void => {
      if (isStopped()) {
        throw new Error("stopped");
      }
    };
    expect(await command.run("push --yes", { goOn, isStopped })).toMatchObject(
      refused("stopped; 1 of 2 were written, and stay so", 130),
    );
    expect([...command.api.stored.keys()]).toEqual(["a"]);
  });
});

describe("policy pull", () => {
  test("writes files that then do not differ, and leaves those that say the same", async () => {
    const same = JSON.stringify({ ...CLIENT, verify: 1 });
    await command.put({
      "same.json": same,
      "b.json": { $schema: "mine.json", ...AGENT },
      "mine.json": CLIENT,
    });
    command.api.stored.set("same", CLIENT);
    command.api.stored.set("b", { ...AGENT, mode: "enforce" });
    command.api.stored.set("new", CLIENT);
    const { code, out } = await command.run("pull --yes");
    expect(code).toBe(0);
    expect(out).toContain("mine.json is not in the Worker, and stays");
    expect(await readFile(join(command.folder, "same.json"), "utf8")).toBe(same);
    const read = async (name: string): Promise<Record<string, unknown>> =>
      JSON.parse(await readFile(join(command.folder, name), "utf8")) as Record<string, unknown>;
    expect(await read("b.json")).toMatchObject({ $schema: "mine.json", mode: "enforce" });
    expect((await read("new.json"))["$schema"]).toMatch(/docs\/policy\.schema\.json$/);
    expect((await readdir(command.folder)).toSorted()).toEqual([
      "b.json",
      "mine.json",
      "new.json",
      "same.json",
    ]);
    expect((await command.run("diff --no-preview")).out).toContain(
      "1 to add, 0 to change, 0 without",
    );
  });

  test("names what is invalid in the Worker, and writes no file outside its folder", async () => {
    command.api.stored.set("torn", {});
    command.api.stored.set("../up", CLIENT);
    const { code, errors } = await command.run("pull --yes");
    expect(code).toBe(1);
    expect(errors.join("\n")).toContain("torn in the Worker: source: missing");
    expect(await readdir(command.folder)).toEqual([]);
  });
});
