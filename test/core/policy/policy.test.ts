import { describe, expect, it, test } from "vitest";
import {
  parsePolicy,
  policyDigest,
  POLICY_ID,
  type Policy,
  type PolicyTarget,
} from "../../../src/core/policy/policy.ts";

const TARGETS: ReadonlyMap<string, PolicyTarget> = new Map([
  ["client_sessions", { clocks: ["expires_at", "created_at"], matches_metadata: false }],
  ["agent_sessions", { clocks: ["last_active_at", "created_at"], matches_metadata: true }],
]);

const CLIENT = { source: "client_sessions", expire: [{ clock: "expires_at", after: "PT15M" }] };
const AGENT = { source: "agent_sessions", expire: [{ clock: "last_active_at", after: "P30D" }] };

function read(document: unknown): Policy {
  const parsed = parsePolicy(document, TARGETS);
  if (!parsed.ok) {
    throw new Error(JSON.stringify(parsed.error));
  }
  return parsed.value;
}

const json = (text: string): unknown => JSON.parse(text);

describe("a policy that is right", () => {
  it("gets every default", () => {
    expect(read(CLIENT)).toEqual({
      ...CLIENT,
      mode: "observe",
      budget: { items: 10_000 },
      brake: { percent: 50 },
      verify: 1,
    });
  });

  it("keeps what the design's example says", () => {
    const example = {
      description:
        "Client sessions go 15 minutes after they expire, and after 90 days whatever they say",
      source: "client_sessions",
      expire: [
        { clock: "expires_at", after: "PT15M" },
        { clock: "created_at", after: "P90D" },
      ],
      mode: "enforce",
      match: { scope: ["b887bf84-*"] },
      keep: { min_age: "P1D", latest: 1 },
      budget: { items: 10_000, per_second: 5 },
      brake: { items: 50_000, percent: 50 },
      note: "DPIA 12, Art. 5(1)(e)",
    };
    expect(read(example)).toEqual({ ...example, verify: 1 });
  });

  it("stores durations and schedules in one spelling", () => {
    const policy = read({
      ...AGENT,
      expire: [{ clock: "created_at", after: "2w" }],
      keep: { min_age: "24h" },
      schedule: " 0  3 * * mon ",
    });
    expect(policy.expire[0]?.after).toBe("P14D");
    expect(policy.keep?.min_age).toBe("PT24H");
    expect(policy.schedule).toBe("0 3 * * MON");
    const schedule = { cron: "0 3  * * mon", zone: "europe/berlin", jitter: "PT90M" };
    expect(read({ ...AGENT, schedule }).schedule).toEqual({
      cron: "0 3 * * MON",
      zone: "Europe/Berlin",
      jitter: "PT1H30M",
    });
  });

  it("reads what it answered as the same policy", () => {
    const once = read({ ...AGENT, keep: { min_age: "30d" }, schedule: "*/5 * * * *", verify: 0.5 });
    expect(read(once)).toEqual(once);
    expect(policyDigest(read(once))).toBe(policyDigest(once));
  });

  test.each(["client-sessions", "a", "0", "a_b-c", "x".repeat(63)])("may be called %s", (id) => {
    expect(POLICY_ID.test(id)).toBe(true);
  });

  test.each(["", "-a", "_a", "A", "a b", "a/b", "a.b", "é", "a\n", "x".repeat(64), "__proto__"])(
    "may not be called %j",
    (id) => {
      expect(POLICY_ID.test(id)).toBe(false);
    },
  );
});

describe("the digest of a policy", () => {
  const base = {
    source: "agent_sessions",
    expire: [{ clock: "last_active_at", after: "P30D" }],
    match: { metadata: { plan: "free", tier: 1 } },
  };
  const digest = (document: unknown): string => policyDigest(read(document));

  test.each<[string, unknown]>([
    ["a short duration", { ...base, expire: [{ clock: "last_active_at", after: "30d" }] }],
    [
      "keys in another order",
      {
        match: { metadata: { tier: 1, plan: "free" } },
        expire: [{ after: "P30D", clock: "last_active_at" }],
        source: "agent_sessions",
      },
    ],
    [
      "defaults spelled out",
      { ...base, mode: "observe", verify: 1, budget: { items: 10_000 }, brake: { percent: 50 } },
    ],
    ["some defaults spelled out", { ...base, budget: {}, brake: {} }],
    ["an empty keep", { ...base, keep: {} }],
    [
      "a number written otherwise",
      { ...base, match: { metadata: { plan: "free", tier: json("1.0") } } },
    ],
    ["an absent optional field", { ...base, note: undefined }],
  ])("is the same for %s", (_name, document) => {
    expect(digest(document)).toBe(digest(base));
  });

  it("is the same for a schedule with other spaces and letters", () => {
    expect(digest({ ...base, schedule: "0  3 * * mon" })).toBe(
      digest({ ...base, schedule: "0 3 * * MON" }),
    );
  });

  test.each<[string, unknown]>([
    ["another duration", { ...base, expire: [{ clock: "last_active_at", after: "P3D" }] }],
    [
      "a month that is not 30 days",
      { ...base, expire: [{ clock: "last_active_at", after: "P1M" }] },
    ],
    ["another clock", { ...base, expire: [{ clock: "created_at", after: "P30D" }] }],
    [
      "one more clause",
      { ...base, expire: [...base.expire, { clock: "created_at", after: "P1Y" }] },
    ],
    ["another mode", { ...base, mode: "enforce" }],
    ["no match", { ...base, match: undefined }],
    ["another type", { ...base, match: { metadata: { plan: "free", tier: "1" } } }],
    ["true for 1", { ...base, match: { metadata: { plan: "free", tier: true } } }],
    ["less match", { ...base, match: { metadata: { plan: "free" } } }],
    ["a scope", { ...base, match: { ...base.match, scope: ["agt_*"] } }],
    ["a keep", { ...base, keep: { latest: 1 } }],
    ["a budget", { ...base, budget: { items: 9999 } }],
    ["a brake", { ...base, brake: { percent: 51 } }],
    ["a schedule", { ...base, schedule: "0 * * * *" }],
    ["a zone", { ...base, schedule: { cron: "0 * * * *", zone: "UTC" } }],
    ["verify", { ...base, verify: 2 }],
    ["a note", { ...base, note: "x" }],
  ])("is another for %s", (_name, document) => {
    expect(digest(document)).not.toBe(digest(base));
  });
});
