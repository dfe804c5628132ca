import { expect, it } from "vitest";
import { clauseWords, durationWords } from "../../../src/core/policy/clause_words.ts";
import { Policy } from "../../../src/core/policy/policy.ts";
import { policyWords } from "../../../src/core/policy/policy_words.ts";

it.each([
  ["PT15M", "15 minutes"],
  ["PT1H", "1 hour"],
  ["P30D", "30 days"],
  ["P1Y6M", "1 year and 6 months"],
  ["P1Y2M3DT4H5M6S", "1 year, 2 months, 3 days, 4 hours, 5 minutes and 6 seconds"],
  ["PT0S", ""],
])("says %s as %j", (text, words) => {
  expect(durationWords(text)).toBe(words);
});

it("says when a clause makes a session due", () => {
  expect(clauseWords({ clock: "expires_at", after: "PT15M" })).toBe(
    "15 minutes after `expires_at`",
  );
  expect(clauseWords({ clock: "expires_at", after: "PT0S" })).toBe(
    "as soon as `expires_at` has passed",
  );
});

it("says what the smallest policy means, its defaults too", () => {
  const policy = Policy.parse({
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT15M" }],
  });
  expect(policyWords(policy)).toEqual([
    "Removed 15 minutes after `expires_at`.",
    "It is about every session of client_sessions.",
    "One sweep removes at most 10,000 sessions, the longest overdue first.",
    "A sweep waits for a person if 100 sessions or more are due and they are more than 50 % of those that it is about.",
    "It runs at every tick if the source is the embedded store or on this machine, and hourly if it is elsewhere.",
    "1 % of what it removes is read back.",
  ]);
});

it("says everything that a policy can say", () => {
  const policy = Policy.parse({
    source: "agent_sessions",
    expire: [
      { clock: "last_active_at", after: "P30D" },
      { clock: "created_at", after: "P1Y" },
    ],
    match: { scope: ["agt_1", "agt_2*"], metadata: { "a.b": "x", n: 3 }, orphan: true },
    keep: { min_age: "P1D", latest: 3 },
    children: "together",
    budget: { items: 5, per_second: 2 },
    brake: { items: 7, percent: 10 },
    approval: "every",
    schedule: { cron: "0 3 * * *", zone: "Europe/Berlin", jitter: "PT10M" },
    verify: 100,
  });
  expect(policyWords(policy)).toEqual([
    "Removed 30 days after `last_active_at`.",
    "Or removed 1 year after `created_at`.",
    "Only in these workspaces or agents: agt_1, agt_2*.",
    'Only where `a.b` of the metadata is "x".',
    "Only where `n` of the metadata is 3.",
    "Only sessions that name nobody and whose person cannot be found.",
    "What is younger than 1 day stays.",
    "The newest 3 of each person stay.",
    "The nameless sessions that a due session has made go with it.",
    "One sweep removes at most 5 sessions, the longest overdue first, with at most 2 calls a second.",
    "A sweep waits for a person if more than 7 sessions are due, or if 100 sessions or more are due and they are more than 10 % of those that it is about.",
    "Each plan waits for approval.",
    "It runs by `0 3 * * *` in Europe/Berlin, spread over 10 minutes.",
    "100 % of what it removes is read back.",
  ]);
});
