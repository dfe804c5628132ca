import { describe, expect, test } from "vitest";
import type { ErasureNews } from "../../../src/contract/custodian.ts";
import { inCustodian, type Harness } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const PAGE = 10;
const PEOPLE = 8;

/** Sessions of several people, each on every page of a list of many. */
function crowd(pages: number): MemorySource {
  const sessions = Array.from({ length: pages * PAGE }, (_, n) =>
    session(`s${n}`, NOW + DAY, {
      person: [{ type: "user_identifier_key", values: [`p${n % PAGE}`] }],
    }),
  );
  const can = { identifiers: ["user_identifier_key"], has_children: true };
  return memorySource(sessions, can, PAGE);
}

function erase({ jobs, wake }: Harness, person: number): void {
  const identifiers = [{ type: "user_identifier_key" as const, value: `p${person}` }];
  jobs.add({ kind: "erasure", id: `ers_${person}`, identifiers });
  wake(`ers_${person}`);
}

function proceed({ jobs, wake }: Harness, person: number): void {
  jobs.wish(`ers_${person}`, { do: "proceed" });
  wake(`ers_${person}`);
}

function lists({ calls }: MemorySource): number {
  return calls.filter(({ call }) => call === "list").length;
}

function reportOf(harness: Harness, person: number): ErasureNews["report"] {
  return (harness.news(`ers_${person}`) as unknown as ErasureNews).report;
}

const everybody = Array.from({ length: PEOPLE }, (_, n) => n);

describe("erasures of a source that is read whole", () => {
  test("that come together share one walk to list it, and walks to read it back", async () => {
    const source = crowd(30);
    await inCustodian(
      () => source,
      async (harness) => {
        for (const person of everybody) {
          erase(harness, person);
        }
        await harness.run();
        expect(lists(source)).toBe(30);
        for (const person of everybody) {
          expect(reportOf(harness, person)).toMatchObject({ status: "planned", found: 30 });
          proceed(harness, person);
        }
        source.calls.length = 0;
        await harness.run();
        for (const person of everybody) {
          expect(reportOf(harness, person)).toMatchObject({
            status: "done",
            found: 30,
            dispositions: { deleted: 30 },
          });
        }
        expect(source.sessions.size).toBe(30 * (PAGE - PEOPLE));
        // Whoever had removed theirs when a walk began was on it.
        expect(lists(source)).toBeLessThan((PEOPLE - 1) * 30);
        expect(harness.broken).toEqual([]);
      },
    );
  });

  test("that come late wait for the next walk, and see it from its first page", async () => {
    const source = crowd(30);
    await inCustodian(
      () => source,
      async (harness) => {
        const late = [1, 2, 3];
        source.before = (call, id) => {
          if (call === "list" && id === String(10 * PAGE)) {
            for (const person of late.splice(0)) {
              erase(harness, person);
            }
          }
          return null;
        };
        erase(harness, 0);
        await harness.run();
        expect(lists(source)).toBe(60);
        // They are told of its end, and do not find it out by waiting.
        expect(harness.now).toBeLessThan(NOW + 1000);
        for (const person of [0, 1, 2, 3]) {
          expect(reportOf(harness, person)).toMatchObject({ status: "planned", found: 30 });
        }
      },
    );
  });

  test("that a stop reaches leave the walk, and the others go on", async () => {
    const source = crowd(30);
    await inCustodian(
      () => source,
      async (harness) => {
        source.before = (call, id) => {
          if (call === "list" && id === String(10 * PAGE)) {
            harness.jobs.wish("ers_1", { do: "stop", as: "cancelled" });
            harness.wake("ers_1");
          }
          return null;
        };
        for (const person of [0, 1, 2]) {
          erase(harness, person);
        }
        await harness.run();
        expect(harness.jobs.byId("ers_1")).toBeNull();
        expect(lists(source)).toBe(30);
        for (const person of [0, 2]) {
          expect(reportOf(harness, person)).toMatchObject({ status: "planned", found: 30 });
        }
      },
    );
  });

  test.each([0, 1, 7, 29])("find everybody's sessions after a crash at page %i", async (page) => {
    const source = crowd(30);
    await inCustodian(
      () => source,
      async (harness) => {
        for (const person of everybody) {
          erase(harness, person);
        }
        let crash = (): void => undefined;
        const crashed = new Promise<void>((resolve) => {
          crash = resolve;
        });
        let isOver = false;
        source.after = async (call, id) => {
          if (call === "list" && Number(id || 0) === page * PAGE && !isOver) {
            isOver = true;
            crash();
            await new Promise(() => undefined);
          }
          return null;
        };
        await harness.slice(crashed);
        await harness.run();
        for (const person of everybody) {
          expect(reportOf(harness, person)).toMatchObject({ status: "planned", found: 30 });
        }
        expect(lists(source)).toBeLessThanOrEqual(32);
      },
    );
  });

  test("tell a page that failed once of everybody once", async () => {
    const source = crowd(5);
    await inCustodian(
      () => source,
      async (harness) => {
        for (const person of everybody) {
          erase(harness, person);
        }
        let fails = 3;
        source.after = (call, id) =>
          call === "list" && id === "20" && fails-- > 0
            ? { kind: "unavailable", detail: "answered 500" }
            : null;
        await harness.run();
        for (const person of everybody) {
          expect(reportOf(harness, person)).toMatchObject({ status: "planned", found: 5 });
        }
      },
    );
  });

  test("wait for a source that is suddenly empty, each for itself", async () => {
    const source = crowd(0);
    await inCustodian(
      () => source,
      async (harness) => {
        harness.sql.exec(
          "INSERT INTO facts (name, value) VALUES ('held', ?)",
          JSON.stringify({ count: 500, at: NOW }),
        );
        for (const person of everybody) {
          erase(harness, person);
        }
        await harness.run();
        for (const person of everybody) {
          expect(reportOf(harness, person)).toMatchObject({
            status: "failed",
            error: { code: "source_empty" },
          });
        }
        // Every ten minutes for an hour.
        expect(lists(source)).toBeLessThanOrEqual(8 * PEOPLE);
      },
    );
  });

  test("more than one walk takes are listed by the next one", async () => {
    const source = crowd(5);
    await inCustodian(
      () => source,
      async (harness) => {
        const identifiers = [{ type: "user_identifier_key" as const, value: "p1" }];
        for (let n = 0; n < 45; n++) {
          harness.jobs.add({ kind: "erasure", id: `ers_${n}`, identifiers });
          harness.wake(`ers_${n}`);
        }
        await harness.run();
        expect(lists(source)).toBe(3 * 5);
        for (let n = 0; n < 45; n++) {
          expect(reportOf(harness, n)).toMatchObject({ status: "planned", found: 5 });
        }
      },
    );
  });
});
