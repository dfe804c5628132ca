import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import { problem } from "./fake_api.ts";
import { AGENT, CLIENT, refused, usePolicyCommand } from "./policy_command.ts";

const command = usePolicyCommand();

describe("policy diff", () => {
  test("shows what is added, changed and without a file, field by field", async () => {
    await command.put({
      "a.json": CLIENT,
      "b.json": { ...AGENT, mode: "enforce", brake: { percent: 20 } },
    });
    command.api.stored.set("b", { ...AGENT, note: "old" });
    command.api.stored.set("c", CLIENT);
    const { code, out, errors } = await command.run("diff --no-preview");
    expect([code, errors]).toEqual([1, []]);
    expect(out.split("\n")).toEqual([
      "+ a",
      "    brake.percent: 50",
      "    budget.items: 10000",
      '    expire[0].after: "PT15M"',
      '    expire[0].clock: "expires_at"',
      '    mode: "observe"',
      '    source: "client_sessions"',
      "    verify: 1",
      "~ b",
      "    brake.percent: 50 → 20",
      '    mode: "observe" → "enforce"',
      '    note: "old" → not there',
      "c has no file, and stays; npx lethe policy push --prune deletes it",
      "1 to add, 1 to change, 1 without a file",
    ]);
  });

  test("breaks what a terminal would wrap", async () => {
    await command.put({ "a.json": { ...CLIENT, note: "why ".repeat(60) } });
    const { out } = await command.run("diff --no-preview", { columns: 80 });
    const lines = stripVTControlCharacters(out).split("\n");
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  test("is nothing for another spelling of the same policy, over all pages", async () => {
    for (const id of ["a", "b", "c", "d", "e"]) {
      await command.put({
        [`${id}.json`]: { ...CLIENT, expire: [{ clock: "expires_at", after: "24h" }] },
      });
      command.api.stored.set(id, { ...CLIENT, expire: [{ clock: "expires_at", after: "PT24H" }] });
    }
    expect(await command.run("diff")).toEqual({ code: 0, out: "nothing differs", errors: [] });
  });

  test("shows what a change would newly remove, by a preview", async () => {
    await command.put({
      "a.json": CLIENT,
      "b.json": AGENT,
      "off.json": { ...CLIENT, mode: "off" },
    });
    command.api.stored.set("b", { ...AGENT, note: "old" });
    const report = { counts: { due: 1200, planned: 1000 }, guard: null, error: null };
    const polls = new Map<string, number>();
    command.api.before = (method, path) => {
      if (method === "POST") {
        const [, id = ""] = /policies\/(.+)\/preview/.exec(path) ?? [];
        return Response.json({ ...report, id: `swp_${id}`, status: "queued" }, { status: 202 });
      }
      const [, id] = /^\/v1\/sweeps\/(.+)$/.exec(path) ?? [];
      if (id === undefined) {
        return undefined;
      }
      polls.set(id, (polls.get(id) ?? 0) + 1);
      const difference = id === "swp_b" ? { added: 30, removed: 4 } : null;
      const guard = id === "swp_b" ? { code: "brake_percent", due: 1200 } : null;
      const status = polls.get(id) === 3 ? "observed" : "selecting";
      return Response.json({ ...report, id, status, difference, guard });
    };
    const { out } = await command.run("diff");
    const lines = out.split("\n");
    expect(lines).toContain("    due now: 1,200  (swp_a)");
    expect(lines).toContain(
      "    due now: 1,200; newly: 30; no longer: 4; would stop as brake_percent  (swp_b)",
    );
    expect(lines).toContain("    not previewed: it removes nothing any more");
    expect([...polls.values()]).toEqual([3, 3]);
  });

  test.each([
    ["no preview", {}, "the answer is no preview that this version knows"],
    ["a list", [], "the answer is no preview that this version knows"],
    ["nothing", null, "the answer is no preview that this version knows"],
  ])("says of an answer that is %s that it cannot be read", async (_, answer, why) => {
    await command.put({ "a.json": CLIENT });
    command.api.before = (method) => (method === "POST" ? Response.json(answer) : undefined);
    const { code, out } = await command.run("diff");
    expect(code).toBe(1);
    expect(out).toContain(`not previewed: ${why}`);
  });

  test("says of an answer that breaks off that it does", async () => {
    await command.put({ "a.json": CLIENT });
    const broken = new ReadableStream({
      pull(controller) {
        controller.error(new TypeError("terminated"));
      },
    });
    command.api.before = () => new Response(broken);
    expect(await command.run("diff")).toMatchObject(
      refused("the answer to GET /v1/policies?limit=100 broke off: TypeError: terminated", 3),
    );
  });

  test("takes no file whose keys would be lost", async () => {
    const text = JSON.stringify(CLIENT);
    await command.put({
      "a.json": `${text.slice(0, -1)},"mode":"off","mode":"enforce"}`,
      "b.json": `${text.slice(0, -1)},"__proto__":{}}`,
    });
    const { code, errors } = await command.run("check");
    expect(code).toBe(1);
    expect(errors).toEqual([
      expect.stringContaining("/a.json: mode: this key stands twice"),
      expect.stringContaining("/b.json: __proto__: this key cannot be used"),
    ]);
  });

  test.each([
    [403, "Answered 403. No."],
    [429, "Answered 429. No."],
  ])("goes on without a preview that answers %d", async (status, why) => {
    await command.put({ "a.json": CLIENT });
    command.api.before = (method) => (method === "POST" ? problem(status, "No.") : undefined);
    const { code, out } = await command.run("diff");
    expect(code).toBe(1);
    expect(out).toContain(why);
  });

  test("compares with the stored version where there is one, of the same source", async () => {
    await command.put({ "a.json": CLIENT, "b.json": AGENT, "c.json": AGENT, "d.json": AGENT });
    command.api.stored.set("b", { ...AGENT, note: "old" });
    command.api.stored.set("c", CLIENT);
    command.api.stored.set("d", {});
    const bodies: unknown[] = [];
    const report = { id: "swp_1", status: "observed", guard: null, error: null };
    const reach: typeof fetch = async (input, init) => {
      if (init?.method !== "POST") {
        return command.api.fetch(input, init);
      }
      bodies.push(await new Request(input, init).json());
      return Response.json({ ...report, counts: { due: 0, planned: 0 } }, { status: 202 });
    };
    await command.run("diff", { fetch: reach });
    expect(bodies.map((body) => (body as { compare?: string }).compare)).toEqual([
      undefined,
      "stored",
      undefined,
      undefined,
    ]);
  });

  test("says of a preview without end where it can be seen", async () => {
    await command.put({ "a.json": CLIENT });
    const sweep = { id: "swp_1", status: "selecting", counts: { due: 0, planned: 0 } };
    command.api.before = (method, path) =>
      method === "POST" || path.startsWith("/v1/sweeps")
        ? Response.json({ ...sweep, guard: null, error: null })
        : undefined;
    let now = 0;
    const { out } = await command.run("diff", {
      now: () => now,
      sleep: async (ms) => {
        now += ms;
      },
    });
    expect(out).toContain("its preview goes on: GET /v1/sweeps/swp_1");
  });
});
