import { expect, test } from "vitest";
import { Policy } from "../../../src/core/policy/policy.ts";
import { policyWaits, type WaitFacts } from "../../../src/core/rule/policy_waits.ts";

const WHO = { name: "anna", at: "2026-09-01T12:00:00.000Z" };

const policy = (mode: string): Policy =>
  Policy.parse({ source: "s", expire: [{ clock: "expires_at", after: "PT0S" }], mode });

const waits = (facts: Partial<WaitFacts>): string[] =>
  policyWaits({ shown: policy("enforce"), skipped: null, is_paused: false, active: [], ...facts });

const sweep = (status: WaitFacts["active"][number]["status"], more = {}) => ({
  status,
  approved_by: [],
  cancelled_by: null,
  ...more,
});

test.each<[string, Partial<WaitFacts>, string[]]>([
  ["runs", {}, []],
  ["is off", { shown: policy("off") }, ["off"]],
  ["observes", { shown: policy("observe") }, ["observe"]],
  ["is invalid", { shown: "policy_invalid", is_paused: true }, ["policy_invalid"]],
  ["cannot be read", { shown: "policy_unread" }, ["policy_unread"]],
  ["could not be read by the tick", { skipped: "policy_unread" }, ["policy_unread"]],
  ["is stale in KV", { skipped: "kv_stale" }, ["kv_stale"]],
  ["was invalid at the last tick, and is not now", { skipped: "policy_invalid" }, []],
  ["is braked", { active: [sweep("braked")] }, ["braked"]],
  ["needs approval", { active: [sweep("needs_approval")] }, ["needs_approval"]],
  [
    "was approved, and goes on",
    { active: [sweep("braked", { approved_by: [WHO] })] },
    ["earlier_sweep"],
  ],
  [
    "was cancelled, and stops",
    { active: [sweep("needs_approval", { cancelled_by: WHO })] },
    ["earlier_sweep"],
  ],
  ["has a sweep under way", { active: [sweep("removing")] }, ["earlier_sweep"]],
  [
    "waits for several",
    { shown: policy("observe"), is_paused: true, active: [sweep("removing"), sweep("braked")] },
    ["paused", "braked", "earlier_sweep", "observe"],
  ],
])("a policy that %s", (_, facts, expected) => {
  expect(waits(facts)).toEqual(expected);
});
