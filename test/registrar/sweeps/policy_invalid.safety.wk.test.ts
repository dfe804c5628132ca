import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { kickTick } from "../../../src/tick.ts";
import { buildDeps } from "../../../src/deps.ts";
import { POLICY_MAX_BYTES } from "../../../src/core/policy/policy.ts";
import { idsIn } from "../../support/d1.ts";
import { clean, ended, newestOf, put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { addClientSessions, openWorld } from "../../support/sweep_world.ts";

const engine = await openWorld();
const VALID = versionOf().policy;
const json = (changes: object): string => JSON.stringify({ ...VALID, ...changes });
const bytes = (...values: number[]): ArrayBuffer => new Uint8Array(values).buffer;

beforeEach(async () => {
  await clean(engine);
  await addClientSessions(["a", "b"].map((id) => ({ id })));
});

describe("what stands in KV and is no valid policy", () => {
  test.for<[string, string | ArrayBuffer]>([
    ["nothing", ""],
    ["white space", " \n\t"],
    ["no JSON", "expire: 30d"],
    ["half a policy", JSON.stringify(VALID).slice(0, -20)],
    ["two policies", JSON.stringify(VALID).repeat(2)],
    ["a policy and more", `${JSON.stringify(VALID)}x`],
    ["a trailing comma", `${JSON.stringify(VALID).slice(0, -1)},}`],
    ["comments", `// mine\n${JSON.stringify(VALID)}`],
    ["a byte order mark", `\uFEFF${JSON.stringify(VALID).slice(0, -1)}`],
    ["null", "null"],
    ["a number", "42"],
    ["a text", '"enforce"'],
    ["a list of policies", JSON.stringify([VALID])],
    ["no UTF-8", bytes(0x7b, 0xff, 0xfe, 0x7d)],
    ["zero bytes", bytes(0, 0, 0, 0)],
    ["a deep nest", "[".repeat(30_000)],
    ["a deep nest of objects", '{"match":'.repeat(5000)],
    ["an unknown version", json({ version: 2 })],
    ["a version of an API", json({ apiVersion: "lethe/v9", kind: "Policy" })],
    ["a field of the future", json({ expire_if: "idle" })],
    ["another spelling of a field", json({ Mode: "enforce" })],
    ["a mode of the future", json({ mode: "enforce_now" })],
    ["no source", json({ source: undefined })],
    ["a source that is not there", json({ source: "nowhere" })],
    ["no clause", json({ expire: [] })],
    ["a clock of another source", json({ expire: [{ clock: "last_active_at", after: "P1D" }] })],
    ["a prototype", `${JSON.stringify(VALID).slice(0, -1)},"__proto__":{"mode":"off"}}`],
    ["a repeated key", `${JSON.stringify(VALID).slice(0, -1)},"mode":"observe"}`],
    [
      "a condition that would be lost",
      `${JSON.stringify(VALID).slice(0, -1)},"match":{"scope":["*"],"__proto__":{}}}`,
    ],
    ["a number without an end", `${JSON.stringify(VALID).slice(0, -1)},"verify":1e999}`],
    ["one byte too many", json({ description: "x" }).padEnd(POLICY_MAX_BYTES + 1)],
    ["25 MiB", "x".repeat(25 * 1024 * 1024)],
    ["25 MiB of white space around a policy", json({}).padEnd(25 * 1024 * 1024)],
  ])("removes nothing, is named, and stops no other: %s", async ([, value]) => {
    await env.POLICIES.put("policy:wrong", value);
    await put(engine, versionOf({ match: { scope: ["elsewhere"] } }, "right"));
    const result = await kickTick(Date.now(), buildDeps(env));
    expect(result).toMatchObject({ started: ["right"] });
    expect(await newestOf(engine, "right")).toMatchObject({ status: "completed" });
    const { policy_problems: problems } = await engine.registrar.health();
    expect(problems.map(({ id }) => id)).toEqual(["wrong"]);
    expect(problems[0]?.errors[0]?.message).toMatch(/\S{3}/);
    expect(JSON.stringify(problems).length).toBeLessThan(2000);
    expect(await idsIn("client_sessions")).toEqual(["a", "b"]);
  });

  test.each(["", "UPPER", "a b", "a/b", "-a", "ä", "a".repeat(64), "a:b", "../p"])(
    "removes nothing although it is valid, because its id is none: %j",
    async (id) => {
      await env.POLICIES.put(`policy:${id}`, JSON.stringify(VALID));
      await kickTick(Date.now(), buildDeps(env));
      const { policy_problems: problems } = await engine.registrar.health();
      expect(problems).toMatchObject([{ id, errors: [{ field: "id" }] }]);
      expect(await idsIn("client_sessions")).toEqual(["a", "b"]);
    },
  );

  test("stops the sweep of the version that stood there before", async () => {
    await put(engine, versionOf({ brake: { items: 1 } }));
    const waits = await sweepOf(engine);
    expect(waits.status).toBe("braked");
    // As it is once KV does not lag any more.
    await env.POLICIES.put("policy:p", "{");
    await clean(engine);
    expect(await ended(engine, waits.id)).toMatchObject({ status: "cancelled" });
  });
});
