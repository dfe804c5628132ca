import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { freeze, judge } from "../../../src/core/rule/due.ts";
import { Policy } from "../../../src/core/policy/policy.ts";
import { recheckDue, recheckSubject } from "../../../src/core/rule/recheck.ts";
import type { PersonField, Session } from "../../../src/core/session/session.ts";

const NOW = Date.UTC(2026, 7, 1);
const DAY = 86_400_000;

function rule(policy: object) {
  const source = "client_sessions";
  return freeze(
    Policy.parse({ source, expire: [{ clock: "expires_at", after: "P1D" }], ...policy }),
    NOW,
  );
}

function session(more: Partial<Session> = {}): Session {
  return {
    scope: "w",
    id: "a",
    clocks: { expires_at: NOW - 2 * DAY, created_at: NOW - 9 * DAY },
    activity_read: true,
    busy: false,
    person: [],
    parent: null,
    version: 1,
    metadata: null,
    ...more,
  };
}

describe("a planned session of a sweep, read again", () => {
  test("goes when it is due as it is now", () => {
    expect(recheckDue(rule({}), session())).toEqual({ kind: "remove" });
  });

  test.for<[string, object, Partial<Session>]>([
    ["expires later now", {}, { clocks: { expires_at: NOW + DAY } }],
    ["expires within the grace", {}, { clocks: { expires_at: NOW - DAY + 1 } }],
    ["lost its clock", {}, { clocks: { expires_at: null } }],
    ["has an absurd clock", {}, { clocks: { expires_at: Date.UTC(1999, 0, 1) } }],
    ["is in use", {}, { busy: true }],
    ["is too young", { keep: { min_age: "P10D" } }, {}],
    ["has lost its age", { keep: { min_age: "P1D" } }, { clocks: { expires_at: NOW - 2 * DAY } }],
    ["moved out of scope", { match: { scope: ["other"] } }, {}],
    ["no longer has the metadata", { match: { metadata: { plan: "free" } } }, { metadata: {} }],
  ])("stays when it %s", ([, policy, more]) => {
    expect(recheckDue(rule(policy), session(more))).toEqual({ kind: "renewed" });
  });

  test("has its activity read first, where only that can tell", () => {
    const stale = rule({ expire: [{ clock: "last_active_at", after: "P30D" }] });
    const idle = session({
      clocks: { last_active_at: NOW - 40 * DAY, created_at: NOW - 40 * DAY },
      activity_read: false,
    });
    expect(recheckDue(stale, idle)).toMatchObject({
      kind: "unread",
      threshold: { at: NOW - 30 * DAY },
    });
    expect(recheckDue(stale, { ...idle, activity_read: true })).toEqual({ kind: "remove" });
  });

  test("is removed exactly when it would be planned", () => {
    const time = fc.option(fc.integer({ min: NOW - 400 * DAY, max: NOW + 400 * DAY }));
    fc.assert(
      fc.property(time, time, fc.boolean(), fc.boolean(), (expires, created, busy, keeps) => {
        const frozen = rule({
          expire: [
            { clock: "expires_at", after: "P1D" },
            { clock: "created_at", after: "P90D" },
          ],
          ...(keeps ? { keep: { min_age: "P7D" } } : {}),
        });
        const read = session({ clocks: { expires_at: expires, created_at: created }, busy });
        const isDue = judge(frozen, read).kind === "due";
        expect(recheckDue(frozen, read).kind).toBe(isDue ? "remove" : "renewed");
      }),
    );
  });
});

describe("a planned session of an erasure, read again", () => {
  const jane = [{ type: "user_identifier_key", value: "jane" }];
  const named = (...values: string[]): PersonField[] => [{ type: "user_identifier_key", values }];

  test.for<[string, PersonField[], boolean, string]>([
    ["still names the person", named("jane"), false, "remove"],
    ["names somebody else now", named("joe"), false, "renewed"],
    ["names nobody now", [], false, "renewed"],
    ["names somebody too", named("jane", "joe"), false, "shared"],
    ["is a child that names nobody", [], true, "remove"],
    ["is a child that names the person", named("jane"), true, "remove"],
    ["is a child that names somebody else", named("joe"), true, "shared"],
  ])("that %s", ([, person, isChild, kind]) => {
    expect(recheckSubject(jane, session({ person }), isChild)).toEqual({ kind });
  });

  test("stays when another given type contradicts", () => {
    const both = [...jane, { type: "user_identity_id", value: "i1" }];
    const person = [...named("jane"), { type: "user_identity_id", values: ["i2"] }];
    expect(recheckSubject(both, session({ person }), false)).toEqual({ kind: "shared" });
  });
});
