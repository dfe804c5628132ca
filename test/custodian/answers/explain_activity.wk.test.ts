import { expect, test } from "vitest";
import { Policy } from "../../../src/core/policy/policy.ts";
import type { ExplainAnswer } from "../../../src/contract/custodian.ts";
import { PaceTable } from "../../../src/custodian/tables/pace.ts";
import type { Fault } from "../../../src/sources/fault.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const STALE = Policy.parse({
  source: "client_sessions",
  expire: [{ clock: "last_active_at", after: "P30D" }],
});
const REQUEST = {
  ref: { scope: "w", id: "a" },
  policies: [
    { id: "stale", policy: STALE },
    {
      id: "old",
      policy: { ...STALE, expire: [{ clock: "created_at" as const, after: "P90D" }] },
    },
  ],
};
const DOWN: Fault = { kind: "unavailable", detail: "HTTP 500" };

/** Explains one session of a source that tells activity session by session. */
async function explained(
  prepare: (source: MemorySource, now: number) => void,
): Promise<{ answer: ExplainAnswer; calls: string[]; now: number }> {
  let answer: ExplainAnswer = { kind: "unavailable", detail: "not asked" };
  let calls: string[] = [];
  let at = 0;
  await inCustodian(
    ({ now }) => {
      const source = memorySource(
        [
          session("a", now, {
            activity_read: false,
            clocks: { created_at: now - 100 * DAY, last_active_at: now - 90 * DAY },
          }),
        ],
        { activity_by_session: true },
      );
      prepare(source, now);
      return source;
    },
    async (harness) => {
      at = harness.now;
      answer = await harness.explain(REQUEST);
      calls = (harness.source as MemorySource).calls.map(({ call }) => call);
    },
  );
  return { answer, calls, now: at };
}

test("what was idle is due since its last sign of life, which is read", async () => {
  const { answer, calls, now } = await explained((source, at) => {
    source.active.set("a", at - 40 * DAY);
  });
  expect(answer).toMatchObject({
    session: { activity: "read", clocks: { last_active_at: now - 40 * DAY } },
    policies: [
      { id: "stale", verdict: "due", due_at: now - 10 * DAY },
      { id: "old", verdict: "due" },
    ],
  });
  expect(calls).toEqual(["read", "activity"]);
});

test("what was active is due no earlier than that tells", async () => {
  const { answer, now } = await explained((source, at) => {
    source.active.set("a", at - 10 * DAY);
  });
  expect(answer).toMatchObject({
    session: { activity: "at_least" },
    policies: [{ verdict: "not_due", due_at: now + 20 * DAY }, { verdict: "due" }],
  });
});

test("what cannot be read is not decided", async () => {
  const { answer } = await explained((source) => {
    source.before = (call) => (call === "activity" ? DOWN : null);
  });
  expect(answer).toMatchObject({
    session: { activity: "unread" },
    policies: [{ verdict: "unread" }, { verdict: "due" }],
  });
});

test("a source that does not answer tells nothing, not that a session is gone", async () => {
  const { answer } = await explained((source) => {
    source.before = () => DOWN;
  });
  expect(answer).toEqual({ kind: "unavailable", detail: "HTTP 500" });
});

test("no explanation removes", async () => {
  const { calls } = await explained(() => undefined);
  expect(calls).not.toContain("remove");
});

test("regression: asking about one broken session over and over does not make its source rest", async () => {
  await inCustodian(
    ({ now }) => {
      const source = memorySource([session("a", now)]);
      source.read = async (_ref, turn) => {
        await turn.fetch("https://memory.test", {});
        turn.ended(true);
        return { ok: false, error: DOWN };
      };
      return source;
    },
    async (harness) => {
      for (let time = 0; time < 10; time++) {
        expect(await harness.explain(REQUEST)).toMatchObject({ kind: "unavailable" });
        harness.now += 1000;
      }
      expect(new PaceTable(harness.sql).load().state.breaker.state).toBe("closed");
    },
  );
});
