import { describe, expect, test } from "vitest";
import type { Fault } from "../../../src/sources/fault.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = {
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
  verify: 0,
};
const DOWN: Fault = { kind: "unavailable", detail: "answered 500" };

function due(...ids: string[]) {
  return ids.map((id, index) => session(id, NOW - DAY - index));
}

/** Fails the first `times` of one kind of call. */
function failing(
  source: MemorySource,
  when: "before" | "after",
  call: string,
  times: number,
): void {
  let left = times;
  source[when] = (made) => {
    left -= made === call ? 1 : 0;
    return made === call && left >= 0 ? DOWN : null;
  };
}

describe("what is said of a session that was not there when it was removed", () => {
  test("gone before any attempt is already_absent, although a read had failed", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due("a"));
        failing(source, "before", "read", 1);
        const { before } = source;
        source.before = (call, id) => {
          if (call === "remove") {
            source.sessions.delete(id);
          }
          return before(call, id);
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1").dispositions).toEqual({ already_absent: 1 });
      },
    );
  });

  test("gone after a lost answer is absent_after_attempt, although a later attempt failed", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due("a"));
        let attempts = 0;
        const { remove } = source;
        source.remove = async (ref, turn) => {
          attempts += 1;
          if (attempts === 1) {
            return { kind: "unknown", fault: DOWN };
          }
          // The first attempt takes effect late, while the second is refused on its way.
          await remove(ref, turn);
          return { kind: "failed", fault: { kind: "invalid", detail: "a redirect" } };
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1").dispositions).toEqual({ absent_after_attempt: 1 });
      },
    );
  });

  test("a lost answer is never a refusal, though the agent is closed when it is read", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due("a"));
        let attempted = false;
        source.before = (call) =>
          attempted && call === "read" ? { kind: "forbidden", scope: "w", detail: "403" } : null;
        source.after = (call) => {
          attempted ||= call === "remove";
          return call === "remove" ? DOWN : null;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1").dispositions).toEqual({ unknown: 1 });
      },
    );
  });

  test("the last attempt, too, is resolved by a read", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due("a", "b"));
        source.before = (call) => (call === "remove" ? DOWN : null);
        let attempts = 0;
        source.after = () => null;
        source.before = (call, id) => {
          if (call !== "remove") {
            return null;
          }
          attempts += id === "b" ? 1 : 0;
          // The fifth attempt on b has its effect, and its answer is lost like the others.
          if (id === "b" && attempts === 5) {
            source.sessions.delete("b");
          }
          return DOWN;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1").dispositions).toEqual({
          unreachable: 1,
          absent_after_attempt: 1,
        });
        const { calls } = harness.source as MemorySource;
        expect(calls.filter(({ call, id }) => call === "remove" && id === "a")).toHaveLength(5);
      },
    );
  });
});

describe("a source that stops answering the key", () => {
  test("gets no removal more, not even for a session that has just been read", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due("a", "b", "c", "d", "e", "f", "g"));
        source.before = async (call, id) => {
          if (call === "read" && id === "g") {
            return { kind: "unauthorized", detail: "answered 401" };
          }
          // The others are still being read when the key is refused.
          await new Promise((resolve) => setTimeout(resolve, 20));
          return null;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        const { calls } = harness.source as MemorySource;
        expect(calls.filter(({ call }) => call === "remove")).toEqual([]);
        expect(harness.news("swp_1")).toMatchObject({
          status: "failed",
          error: { code: "source_unauthorized" },
          dispositions: { untouched: 7 },
        });
      },
    );
  });
});

describe("a rest between the reading of a session and its removal", () => {
  test("makes it be read again: it may have been renewed meanwhile", async () => {
    await inCustodian(
      (harness) => {
        const source = memorySource(due("a"));
        let reads = 0;
        harness.fetch = async () =>
          reads === 1 && source.calls.at(-1)?.call === "read"
            ? new Response("", { status: 429, headers: { "retry-after": "10" } })
            : new Response();
        source.before = (call) => {
          reads += call === "read" ? 1 : 0;
          return null;
        };
        const { read } = source;
        source.read = async (ref, turn) => {
          const answer = await read(ref, turn);
          if (reads === 1) {
            // Another call of the window meets a 429, and the person comes back during the rest.
            await turn.fetch("https://memory.test", {});
            source.sessions.set("a", session("a", NOW + DAY));
          }
          return answer;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect((harness.source as MemorySource).removed).toEqual([]);
        expect(harness.news("swp_1").dispositions).toEqual({ renewed: 1 });
      },
    );
  });
});

describe("sessions that are written again and again", () => {
  test("are counted once, whatever happens in between", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due("busy", "calm"), {
          removal: "conditional",
          remove_batch: 10,
        });
        source.before = (call) => {
          const busy = source.sessions.get("busy");
          if (call === "remove" && busy !== undefined) {
            source.sessions.set("busy", { ...busy, version: busy.version + 1 });
          }
          return null;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          dispositions: { deleted: 1, unreachable: 1 },
        });
        expect((harness.source as MemorySource).removed).toEqual(["calm"]);
      },
    );
  });

  test("and then renewed are renewed", async () => {
    await inCustodian(
      () => {
        const source = memorySource(due("a"), { removal: "conditional", remove_batch: 10 });
        let writes = 0;
        source.before = (call) => {
          const found = source.sessions.get("a");
          if (call === "remove" && found !== undefined) {
            writes += 1;
            const expires = writes < 5 ? found : session("a", NOW + DAY);
            source.sessions.set("a", { ...expires, version: found.version + 1 });
          }
          return null;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        const { dispositions } = harness.news("swp_1");
        expect(Object.values(dispositions).reduce((sum, n) => sum + n, 0)).toBe(1);
        expect((harness.source as MemorySource).removed).toEqual([]);
      },
    );
  });
});

describe("a removal of many whose answer is lost", () => {
  test.for(["before", "after"] as const)("%s its effect is resolved exactly", async (when) => {
    const ids = Array.from({ length: 25 }, (_, index) => `s${index}`);
    await inCustodian(
      () => {
        const source = memorySource(due(...ids), { removal: "conditional", remove_batch: 10 });
        failing(source, when, "remove", 2);
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "completed",
          dispositions: { deleted: 25 },
        });
        expect((harness.source as MemorySource).removed.toSorted()).toEqual(ids.toSorted());
      },
    );
  });

  test("and is asked about in vain is unknown, when the sweep is stopped", async () => {
    await inCustodian(
      (harness) => {
        const source = memorySource(due("a", "b", "c"), {
          removal: "conditional",
          remove_batch: 2,
        });
        source.after = (call) => (call === "remove" ? DOWN : null);
        source.before = (call) => {
          if (call === "resolve") {
            harness.jobs.wish("swp_1", { do: "stop", as: "cancelled" });
          }
          return call === "resolve" ? DOWN : null;
        };
        return source;
      },
      async (harness) => {
        harness.start("swp_1", POLICY);
        await harness.run();
        expect(harness.news("swp_1")).toMatchObject({
          status: "cancelled",
          dispositions: { unknown: 2, untouched: 1 },
        });
      },
    );
  });
});
