import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { PolicyKv } from "../../src/kv/policies.ts";
import { kickTick, takesTick } from "../../src/tick.ts";
import { parseConfig } from "../../src/config/config.ts";
import type { LogFields } from "../../src/platform/log.ts";
import type { Tick } from "../../src/contract/registrar.ts";
import { clearPolicies } from "../support/openapi/harness.ts";
import { FakeRegistrar } from "../support/openapi/registrar.ts";

const ON_THE_HOUR = Date.UTC(2026, 8, 1, 12, 0, 0);
const CLIENT = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT15M" }] };

beforeEach(clearPolicies);

async function tickAt(
  at: number,
  variables: Readonly<Record<string, string>> = {},
  kv: PolicyKv = env.POLICIES,
) {
  const registrar = new FakeRegistrar();
  const events: { event: string; fields: LogFields }[] = [];
  const result = await kickTick(at, {
    config: parseConfig(variables),
    registrar,
    policies: kv,
    log: (_, event, fields) => events.push({ event, fields }),
  });
  const [tick] = registrar.callsOf("tick")[0] ?? [];
  return { registrar, events, result, tick: tick as Tick | undefined };
}

async function put(policies: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [id, policy] of Object.entries(policies)) {
    const text = typeof policy === "string" ? policy : JSON.stringify(policy);
    await env.POLICIES.put(`policy:${id}`, text);
  }
}

/** A KV of so many policies, two pages of them; a read that asks for one of the `bad` fails. */
function countedKv(ids: readonly string[], bad: ReadonlySet<string> = new Set()) {
  const reads: string[][] = [];
  const keys = ids.map((id) => ({ name: `policy:${id}` }));
  const middle = Math.floor(keys.length / 2);
  const text = JSON.stringify(CLIENT);
  const kv = {
    list: ({ cursor }: { cursor?: string | null }) =>
      Promise.resolve(
        cursor === "second"
          ? { keys: keys.slice(middle), list_complete: true }
          : { keys: keys.slice(0, middle), list_complete: false, cursor: "second" },
      ),
    get: (asked: string | string[]) => {
      const names = typeof asked === "string" ? [asked] : asked;
      reads.push(names);
      if (names.some((name) => bad.has(name))) {
        return Promise.reject(new Error("KV GET failed: 413"));
      }
      return Promise.resolve(
        typeof asked === "string"
          ? new Blob([text]).stream()
          : new Map(names.map((name) => [name, text])),
      );
    },
  } as unknown as PolicyKv;
  return { kv, reads };
}

describe("a tick", () => {
  it("hands over every valid policy, and by name each that is not", async () => {
    await put({
      good: CLIENT,
      off: { ...CLIENT, mode: "off" },
      typo: { ...CLIENT, expires: 1 },
      text: "not JSON",
      large: `{"note": "${"x".repeat(64 * 1024)}"}`,
      "Not an id": CLIENT,
    });
    await env.POLICIES.put("other", "not a policy");
    const { tick, events } = await tickAt(ON_THE_HOUR);
    expect(tick?.tick).toBe(ON_THE_HOUR);
    expect(tick?.policies.map(({ id }) => id)).toEqual(["good", "off"]);
    expect(tick?.problems).toMatchObject([
      { id: "Not an id", errors: [{ field: "id" }] },
      { id: "large", errors: [{ message: expect.stringContaining("65536") }] },
      { id: "text", errors: [{ message: expect.stringContaining("JSON") }] },
      { id: "typo", errors: [{ field: "expires" }] },
    ]);
    expect(events).toMatchObject([
      {
        event: "tick.done",
        fields: { policies: 2, started: 2, invalid: "Not an id,large,text,typo" },
      },
    ]);
  });

  it("hands over nothing when there is nothing", async () => {
    expect((await tickAt(ON_THE_HOUR)).tick).toMatchObject({ policies: [], problems: [] });
  });

  it("reads all pages of KV, and a hundred values in one operation", async () => {
    const { kv, reads } = countedKv(
      Array.from({ length: 250 }, (_, n) => `p${String(n).padStart(3, "0")}`),
    );
    const { tick } = await tickAt(ON_THE_HOUR, {}, kv);
    expect(tick?.policies).toHaveLength(250);
    expect(reads.map(({ length }) => length)).toEqual([100, 100, 50]);
  });

  it("halves a bulk read that fails, so that one policy's failure is its own", async () => {
    const ids = Array.from({ length: 250 }, (_, n) => `p${String(n).padStart(3, "0")}`);
    const { kv, reads } = countedKv(ids, new Set(["policy:p107"]));
    const { tick, events } = await tickAt(ON_THE_HOUR, {}, kv);
    expect(tick?.policies).toHaveLength(249);
    expect(tick?.unread).toEqual(["p107"]);
    expect(tick?.problems).toEqual([]);
    expect(reads.length).toBeLessThan(20);
    expect(events).toMatchObject([{ event: "tick.done", fields: { policies: 249, unread: 1 } }]);
  });

  it("stays within the operations of an invocation, whatever fails", async () => {
    const ids = Array.from({ length: 5000 }, (_, n) => `p${n}`);
    const bad = new Set(ids.slice(0, 4999).map((id) => `policy:${id}`));
    const { kv, reads } = countedKv(ids, bad);
    await tickAt(ON_THE_HOUR, {}, kv);
    expect(reads.length).toBeLessThan(1000);
  });

  it("takes no text that is not UTF-8 for one that is, as a bulk read shows it", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...CLIENT, note: "an X of bytes" }));
    bytes[bytes.indexOf("X".charCodeAt(0))] = 0xff;
    await put({ good: { ...CLIENT, note: "\uFFFD is a character too" } });
    await env.POLICIES.put("policy:bytes", bytes);
    const { tick } = await tickAt(ON_THE_HOUR);
    expect(tick?.policies.map(({ id }) => id)).toEqual(["good"]);
    expect(tick?.problems).toEqual([
      { id: "bytes", code: "policy_invalid", errors: [{ field: "", message: "not UTF-8" }] },
    ]);
  });

  it.each(["list", "get"] as const)(
    "starts nothing when KV's %s fails, and says so",
    async (method) => {
      await put({ good: CLIENT });
      const down = () => Promise.reject(new Error("KV GET failed: 500 policy:good"));
      const kv = {
        list: env.POLICIES.list.bind(env.POLICIES),
        get: env.POLICIES.get.bind(env.POLICIES),
        [method]: down,
      } as unknown as PolicyKv;
      const { registrar, result, events } = await tickAt(ON_THE_HOUR, {}, kv);
      expect(result).toBeNull();
      expect(registrar.callsOf("tick")).toEqual([]);
      expect(registrar.callsOf("tickFailed")).toEqual([[ON_THE_HOUR, expect.any(String)]]);
      expect(events).toMatchObject([{ event: "tick.policies_unreadable" }]);
    },
  );

  it("fails when the Registrar cannot be reached, so that the platform shows it", async () => {
    const registrar = new FakeRegistrar();
    registrar.fault = new Error("unreachable");
    const deps = { config: parseConfig({}), registrar, policies: env.POLICIES, log: () => {} };
    await expect(kickTick(ON_THE_HOUR, deps)).rejects.toThrow("unreachable");
  });

  it("hands over no policy while SOURCES cannot be read: no source can be trusted then", async () => {
    await put({ p: CLIENT });
    const { tick } = await tickAt(ON_THE_HOUR, { SOURCES: "{" });
    expect(tick).toMatchObject({ policies: [], problems: [{ id: "p" }] });
  });
});

describe("the cron's ticks", () => {
  const MINUTE = 60_000;
  const taken = (plan: string, times: readonly number[], cron = "* * * * *") =>
    times.filter((scheduledTime) =>
      takesTick({ cron, scheduledTime }, parseConfig({ PLAN: plan })),
    );
  const ninety = Array.from({ length: 90 }, (_, minute) => ON_THE_HOUR + minute * MINUTE);

  it("are all taken, and every second one on the free plan: each lists KV once", () => {
    expect(taken("paid", ninety)).toHaveLength(90);
    expect(taken("free", ninety)).toEqual(ninety.filter((_, minute) => minute % 2 === 0));
  });

  it.each(["*/1 * * * *", "0-59 * * * *", "* * * * 1-7", "*/1 0-23 * * *"])(
    "are thinned for what the cron does, not for how it is written: %s",
    (cron) => {
      expect(taken("free", ninety, cron)).toEqual(taken("free", ninety));
      expect(taken("paid", ninety, cron)).toHaveLength(90);
    },
  );

  it("leave no minute that fired to wait for longer than one more", () => {
    const minutes = ninety.slice(0, 60).filter((_, minute) => minute < 56 && minute !== 30);
    expect(taken("free", minutes, "0-29,31-55 * * * *")).toEqual(
      minutes.filter((at) => {
        const minute = (at - ON_THE_HOUR) / MINUTE;
        return minute % 2 === 0 || minute === 29 || minute === 55;
      }),
    );
  });

  it("are taken whatever the plan where they are off the minute: somebody asked for them", () => {
    expect(taken("free", [ON_THE_HOUR + MINUTE + 1, ON_THE_HOUR + MINUTE])).toEqual([
      ON_THE_HOUR + MINUTE + 1,
    ]);
  });

  it("are all taken of a slower cron: one that fires on odd minutes alone would never tick", () => {
    const odd = ninety.filter((_, minute) => minute % 2 === 1);
    expect(taken("free", odd, "1-59/2 * * * *")).toEqual(odd);
    expect(taken("free", odd.slice(7, 8), "15 * * * *")).toEqual([ON_THE_HOUR + 15 * MINUTE]);
  });
});
