import { describe, expect, it } from "vitest";
import type { Explained } from "../../../src/core/rule/explain.ts";
import { stopsOfPolicy, type PolicyStanding } from "../../../src/core/rule/explain_policy.ts";
import type { SweepReport } from "../../../src/core/report/sweep.ts";

const AT = Date.UTC(2026, 5, 15);
const ENFORCE = { mode: "enforce", budget: { items: 10 } } as const;
const DUE: Explained = {
  verdict: "due",
  clause: 0,
  clock: "expires_at",
  threshold: AT,
  due_at: AT - 1000,
  unmatched_by: null,
  stops: [],
};

function sweep(changes: object): SweepReport {
  return {
    status: "completed",
    scopes: null,
    approved_by: [],
    guard: null,
    plan_digest: "d",
    cutoff: new Date(AT).toISOString(),
    counts: { due: 30, planned: 10 },
    ...changes,
  } as unknown as SweepReport;
}

function standing(changes: Partial<PolicyStanding> = {}): PolicyStanding {
  return {
    is_superseded: false,
    approval: "none",
    ticks: { last: null, gap: null },
    last: null,
    ...changes,
  };
}

describe("what holds a session back besides itself", () => {
  it.each([
    ["nothing", ENFORCE, {}, {}, false, []],
    ["its mode", { ...ENFORCE, mode: "off" }, {}, {}, false, ["policy_off"]],
    ["its mode", { ...ENFORCE, mode: "observe" }, {}, {}, false, ["policy_observe"]],
    ["a newer version", ENFORCE, { is_superseded: true }, {}, false, ["policy_superseded"]],
    [
      "a brake",
      ENFORCE,
      { last: sweep({ status: "braked", guard: { code: "brake_items" } }) },
      {},
      true,
      ["brake"],
    ],
    [
      "an empty source",
      ENFORCE,
      { last: sweep({ status: "braked", guard: { code: "source_empty" } }) },
      {},
      true,
      ["source_empty"],
    ],
    ["an approval to come", ENFORCE, { approval: "changes" }, {}, false, ["needs_approval"]],
    [
      "no approval where it only looks",
      { ...ENFORCE, mode: "observe" },
      { approval: "every" },
      {},
      false,
      ["policy_observe"],
    ],
    [
      "nothing once it is approved",
      ENFORCE,
      { approval: "every", last: sweep({ status: "removing", approved_by: [{ name: "ben" }] }) },
      {},
      true,
      [],
    ],
    [
      "the next approval after one that is over",
      ENFORCE,
      {
        approval: "every",
        last: sweep({ approved_by: [{ name: "ben" }], counts: { due: 1, planned: 1 } }),
      },
      {},
      false,
      ["needs_approval"],
    ],
    ["a full budget", ENFORCE, { last: sweep({}) }, {}, false, ["behind_budget"]],
    ["no budget that has planned it", ENFORCE, { last: sweep({}) }, {}, true, []],
    [
      "no budget that was not full",
      ENFORCE,
      { last: sweep({ counts: { due: 9, planned: 8 } }) },
      {},
      false,
      [],
    ],
    [
      "no budget of a sweep before it was due",
      ENFORCE,
      { last: sweep({}) },
      { due_at: AT + 1 },
      false,
      [],
    ],
    [
      "what the session says first",
      { ...ENFORCE, mode: "observe" },
      { last: sweep({}) },
      { stops: ["hold"] },
      false,
      ["hold", "policy_observe"],
    ],
    [
      "nothing that is not its own",
      { ...ENFORCE, mode: "off" },
      { approval: "every" },
      { verdict: "not_matched" },
      false,
      [],
    ],
  ] as const)("is %s", (_, policy, state, explained, isPlanned, stops) => {
    const document = policy as Parameters<typeof stopsOfPolicy>[0];
    const told = stopsOfPolicy(document, standing(state), { ...DUE, ...explained }, isPlanned);
    expect(told).toEqual(stops);
  });
});
