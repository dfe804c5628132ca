import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { deriveKeyring } from "../../../src/core/values/hash.ts";
import { DISPOSITIONS } from "../../../src/core/count/disposition.ts";
import type { PlanRow } from "../../../src/custodian/tables/plan/row.ts";
import { Removals } from "../../../src/custodian/tables/removals.ts";
import { forgetOldRemovals } from "../../../src/custodian/engine/upkeep.ts";
import { Timers } from "../../../src/platform/timers.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 7, 1);
const keyring = deriveKeyring("a secret for tests, of more than 32 characters");

interface World {
  readonly sql: SqlStorage;
  readonly timers: Timers;
  readonly removals: Removals;
  /** What each alarm does. */
  readonly forget: (now: number) => void;
}

async function inTables(use: (world: World) => void): Promise<void> {
  await runInDurableObject(env.CUSTODIAN.getByName("removals"), (_instance, { storage }) => {
    const { sql } = storage;
    const timers = new Timers(storage);
    const forget = (now: number) => forgetOldRemovals(sql, timers, now);
    use({ sql, timers, removals: new Removals(sql, keyring), forget });
  });
}

function rowOf(id: string, more: Partial<PlanRow> = {}) {
  return {
    scope: "w",
    id,
    clause: 0,
    due_at: NOW - 5000,
    disposition: "deleted" as const,
    settled_at: NOW,
    ...more,
  };
}

beforeEach(async () => {
  await inTables(({ sql }) => {
    for (const table of ["removals", "removal_stretches", "removal_jobs", "timers"]) {
      sql.exec(`DELETE FROM ${table}`);
    }
  });
});

describe("what is remembered of a session that went", () => {
  test("is its sweep, its end, when, and by which clause it was due", async () => {
    await inTables(({ removals }) => {
      removals.note("swp_1", [rowOf("a"), rowOf("b", { clause: 2 })], NOW);
      expect(removals.find({ scope: "w", id: "b" })).toEqual({
        job: "swp_1",
        disposition: "deleted",
        at: NOW,
        clause: 2,
        due_at: NOW - 5000,
      });
      expect(removals.find({ scope: "v", id: "b" })).toBeNull();
      expect(removals.find({ scope: "w", id: "c" })).toBeNull();
    });
  });

  test("names no clause for an erasure, and no job for a caller of the embedded store", async () => {
    await inTables(({ removals }) => {
      removals.note(
        "ers_1",
        [rowOf("a", { clause: -1, disposition: "absent_after_attempt" })],
        NOW,
      );
      removals.noteCall({ scope: "w", id: "b" }, NOW);
      expect(removals.find({ scope: "w", id: "a" })).toMatchObject({
        job: "ers_1",
        clause: null,
        due_at: null,
      });
      expect(removals.find({ scope: "w", id: "b" })).toMatchObject({
        job: null,
        disposition: "deleted",
      });
    });
  });

  test.each(DISPOSITIONS)("%s is kept only where the session may be gone", async (disposition) => {
    await inTables(({ removals }) => {
      removals.note("swp_1", [rowOf("a", { disposition })], NOW);
      const went = ["deleted", "already_absent", "absent_after_attempt", "unknown"];
      expect(removals.find(rowOf("a")) !== null).toBe(went.includes(disposition));
    });
  });

  test("is the last of it, for a session that returned and went again", async () => {
    await inTables(({ removals }) => {
      removals.note("swp_1", [rowOf("a")], NOW);
      const again = rowOf("a", { disposition: "already_absent", settled_at: NOW + DAY });
      removals.note("swp_2", [again], NOW + DAY);
      expect(removals.find(rowOf("a"))).toMatchObject({
        job: "swp_2",
        disposition: "already_absent",
        at: NOW + DAY,
      });
    });
  });

  test("is found in whatever stretch it was written, the last one first", async () => {
    await inTables(({ removals, sql }) => {
      const page = Array.from({ length: 2000 }, (_, index) => rowOf(`s${index}`));
      for (let no = 0; no < 9; no++) {
        const at = NOW + no;
        const others = page.map((row) => ({ ...row, id: `${row.id}_${no}`, settled_at: at }));
        removals.note(`swp_${no}`, [...others.slice(1), rowOf("a", { settled_at: at })], at);
      }
      expect(sql.exec("SELECT rows FROM removal_stretches").toArray()).toEqual([
        { rows: 8000 },
        { rows: 8000 },
        { rows: 2000 },
      ]);
      expect(removals.find(rowOf("s7_1"))).toMatchObject({ job: "swp_1" });
      expect(removals.find(rowOf("s7_8"))).toMatchObject({ job: "swp_8" });
      expect(removals.find(rowOf("a"))).toMatchObject({ job: "swp_8", at: NOW + 8 });
    });
  });

  test("is nothing while nothing has become of it", async () => {
    await inTables(({ removals, sql }) => {
      removals.note("swp_1", [rowOf("a", { disposition: null, settled_at: null })], NOW);
      removals.note("swp_1", [], NOW);
      expect(removals.find(rowOf("a"))).toBeNull();
      expect(sql.exec("SELECT * FROM removal_jobs").toArray()).toEqual([]);
    });
  });

  test("holds no id, and 16 bytes of a keyed hash", async () => {
    await inTables(({ removals, sql }) => {
      removals.note("swp_1", [rowOf("jane_doe_session")], NOW);
      const [row] = sql.exec<{ session: ArrayBuffer }>("SELECT * FROM removals").toArray();
      expect(row?.session.byteLength).toBe(16);
      expect(JSON.stringify(row)).not.toContain("jane");
      const other = new Removals(sql, deriveKeyring("another secret, of more than 32 characters"));
      expect(other.find(rowOf("jane_doe_session"))).toBeNull();
    });
  });
});

describe("forgetting", () => {
  test("takes what is older than 90 days, in turns, and leaves the rest", async () => {
    await inTables(({ removals, forget, timers, sql }) => {
      const noteMany = (job: string, prefix: string, pages: number, at: number) => {
        for (let page = 0; page < pages; page++) {
          const ids = Array.from({ length: 1000 }, (_, index) => `${prefix}${page * 1000 + index}`);
          removals.note(
            job,
            ids.map((id) => rowOf(id, { settled_at: at })),
            at,
          );
        }
      };
      noteMany("swp_old", "old", 45, NOW - 93 * DAY);
      noteMany("swp_new", "new", 3, NOW - 90 * DAY);
      forget(NOW);
      // The first look only sets the timer: a day from then.
      expect(timers.at("removals")).toBe(NOW + DAY);
      forget(NOW + DAY - 1);
      expect(sql.exec("SELECT count(*) AS n FROM removals").one()).toEqual({ n: 48_000 });
      timers.set("removals", NOW);
      forget(NOW);
      expect(timers.at("removals")).toBe(NOW + 1000);
      forget(NOW + 1000);
      expect(timers.at("removals")).toBe(NOW + 1000 + DAY);
      expect(sql.exec("SELECT count(*) AS n FROM removals").one()).toEqual({ n: 3000 });
      expect(sql.exec("SELECT job FROM removal_jobs").toArray()).toEqual([{ job: "swp_new" }]);
      expect(removals.find(rowOf("old1"))).toBeNull();
      expect(removals.find(rowOf("new1"))).toMatchObject({ job: "swp_new" });
    });
  });

  test("keeps what was written on a day for the 90 that follow it", async () => {
    await inTables(({ removals, forget, timers }) => {
      const late = NOW + DAY - 1;
      removals.note("swp_1", [rowOf("a", { settled_at: NOW })], NOW);
      removals.note("swp_2", [rowOf("b", { settled_at: late })], late);
      timers.set("removals", NOW);
      forget(late + 90 * DAY);
      expect(removals.find(rowOf("a"))).not.toBeNull();
      expect(removals.find(rowOf("b"))).not.toBeNull();
      timers.set("removals", NOW);
      forget(late + 90 * DAY + 1);
      expect(removals.find(rowOf("a"))).toBeNull();
      expect(removals.find(rowOf("b"))).toBeNull();
    });
  });

  test("needs no timer while nothing is remembered", async () => {
    await inTables(({ removals, forget, timers }) => {
      forget(NOW);
      expect(timers.at("removals")).toBeNull();
      removals.note("swp_1", [rowOf("a", { settled_at: NOW - 200 * DAY })], NOW - 200 * DAY);
      timers.set("removals", NOW);
      forget(NOW);
      expect(timers.at("removals")).toBeNull();
    });
  });
});
