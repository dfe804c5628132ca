import { expect, test } from "vitest";
import { inCustodian, type Harness } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const ID = "ers_1";

function ofJane(count: number) {
  return Array.from({ length: count }, (_, index) =>
    session(`s${index}`, NOW + DAY, {
      person: [{ type: "user_identifier_key", values: ["jane"] }],
    }),
  );
}

function erase({ jobs, wake }: Harness): void {
  const identifiers = [{ type: "user_identifier_key" as const, value: "jane" }];
  jobs.add({ kind: "erasure", id: ID, identifiers });
  wake(ID);
}

test("regression: an erasure whose read-back takes many slices comes to its end", async () => {
  const source = memorySource(ofJane(90), { identifiers: ["user_identifier_key"] });
  await inCustodian(
    () => source,
    async (harness) => {
      harness.calls = 40;
      erase(harness);
      await harness.run();
      harness.jobs.wish(ID, { do: "proceed" });
      harness.wake(ID);
      // Those that come back meanwhile are found in whichever slice they are read.
      const returning = new Set(["s3", "s77"]);
      source.after = (call, id) => {
        if (call === "remove" && returning.delete(id)) {
          const back = ofJane(90).find((one) => one.id === id);
          source.sessions.set(id, back ?? session(id, NOW));
        }
        return null;
      };
      await harness.run(200);
      expect(harness.news(ID)).toMatchObject({
        report: { status: "done", found: 90, dispositions: { deleted: 90 }, error: null },
      });
      expect(source.sessions.size).toBe(0);
    },
  );
});

test("regression: a stalled erasure that is cancelled ends at once, not after its rest", async () => {
  const source = memorySource(ofJane(2), { identifiers: ["user_identifier_key"] });
  await inCustodian(
    () => source,
    async (harness) => {
      source.before = () => ({ kind: "unavailable", detail: "answered 500" });
      erase(harness);
      for (let slice = 0; slice < 40 && harness.jobs.byId(ID)?.progress.error === null; slice++) {
        harness.now += 120_000;
        await harness.slice();
      }
      expect(harness.jobs.byId(ID)?.progress.error).toMatchObject({ code: "stalled" });
      harness.now += 3_600_000;
      // Its hourly attempt has failed as well, and the next would put it to rest again.
      await harness.slice();
      harness.jobs.wish(ID, { do: "stop", as: "cancelled" });
      harness.wake(ID);
      await harness.slice();
      expect(harness.jobs.byId(ID)).toBeNull();
    },
  );
});

test("an erasure whose parents belong to many agents asks about a few of these at a time", async () => {
  const agents = Array.from({ length: 60 }, (_, index) => `agent${index}`);
  const source = memorySource(
    agents.flatMap((scope, index) => [
      session(`parent${index}`, NOW + DAY, {
        scope,
        person: [{ type: "user_identifier_key", values: ["jane"] }],
      }),
      session(`child${index}`, NOW + DAY, { scope, parent: { scope, id: `parent${index}` } }),
    ]),
    { identifiers: ["user_identifier_key"], has_children: true },
    200,
  );
  source.sharesChildren = async (_scope, turn) => {
    const answer = await turn.fetch("https://memory.test", {});
    return answer.ok ? { ok: true, value: false } : answer;
  };
  await inCustodian(
    () => source,
    async (harness) => {
      harness.calls = 20;
      erase(harness);
      await harness.run();
      harness.jobs.wish(ID, { do: "proceed" });
      harness.wake(ID);
      await harness.run();
      expect(harness.news(ID)).toMatchObject({
        report: { status: "done", found: 120, dispositions: { deleted: 120 }, error: null },
      });
    },
  );
});

test("an erasure of what parents of many agents have left asks about a few of these at a time", async () => {
  const agents = Array.from({ length: 60 }, (_, index) => `agent${index}`);
  const parents = agents.map((scope, index) =>
    session(`parent${index}`, NOW + DAY, {
      scope,
      person: [{ type: "user_identifier_key", values: ["jane"] }],
    }),
  );
  const source = memorySource(
    [
      ...parents,
      ...agents.map((scope, index) =>
        session(`child${index}`, NOW + DAY, { scope, parent: { scope, id: `parent${index}` } }),
      ),
      session("other", NOW + DAY, { person: [{ type: "user_identifier_key", values: ["joe"] }] }),
    ],
    { identifiers: ["user_identifier_key"], has_children: true },
    200,
  );
  source.sharesChildren = async (_scope, turn) => {
    const answer = await turn.fetch("https://memory.test", {});
    return answer.ok ? { ok: true, value: false } : answer;
  };
  await inCustodian(
    () => source,
    async (harness) => {
      // A list of everything has seen whose they are, before their parents went.
      const identifiers = [{ type: "user_identifier_key" as const, value: "nobody" }];
      harness.jobs.add({ kind: "erasure", id: "ers_2", identifiers });
      harness.wake("ers_2");
      await harness.run();
      for (const { id } of parents) {
        source.sessions.delete(id);
      }
      harness.calls = 20;
      erase(harness);
      await harness.run();
      harness.jobs.wish(ID, { do: "proceed" });
      harness.wake(ID);
      await harness.run();
      expect(harness.news(ID)).toMatchObject({
        report: { status: "done", found: 60, dispositions: { deleted: 60 }, error: null },
      });
      expect(harness.jobs.byId(ID)).toBeNull();
    },
  );
});

test("an erasure that waits keeps no row of sessions that are none of its own", async () => {
  const source = memorySource(
    Array.from({ length: 500 }, (_, index) =>
      session(`s${index}`, NOW + DAY, {
        person: [{ type: "user_identifier_key", values: [index === 7 ? "jane" : `p${index}`] }],
      }),
    ),
    { identifiers: ["user_identifier_key"], has_children: true },
  );
  await inCustodian(
    () => source,
    async (harness) => {
      erase(harness);
      await harness.run();
      expect(harness.news(ID)).toMatchObject({ report: { status: "planned", found: 1 } });
      expect(harness.sql.exec("SELECT count(*) AS n FROM family").one()).toEqual({ n: 0 });
    },
  );
});
