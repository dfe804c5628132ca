import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import type { SweepReport } from "../../../src/core/report/sweep.ts";
import { Gauges } from "../../../src/registrar/tables/gauges.ts";
import { openEngine } from "../../support/engine.ts";
import { clean, put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { addAgentSessions, addClientSessions } from "../../support/sweep_world.ts";

// The embedded store lists only what is due, so whom a `match` selects is looked up beside the list.

const engine = await openEngine();
const { registrar } = engine;
let note = 0;

beforeEach(async () => {
  await clean(engine);
  await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
    for (const table of ["sweeps", "folded_sweeps", "gauges", "facts"]) {
      sql.exec(`DELETE FROM ${table}`);
    }
  });
});

/** A new version, so that nothing is known of it. */
async function write(changes: object): Promise<void> {
  note += 1;
  await put(engine, versionOf({ ...changes, note: `version ${note}` }));
}

async function sweeps(count: number): Promise<SweepReport> {
  let last = await sweepOf(engine);
  for (let no = 1; no < count; no++) {
    last = await sweepOf(engine);
  }
  return last;
}

const codes = async (): Promise<string[]> =>
  (await registrar.health()).attention.map(({ code }) => code);

const AGENTS = { source: "agent_sessions", expire: [{ clock: "last_active_at", after: "P90D" }] };

describe("a policy of the embedded store whose match selects nobody", () => {
  test.each([
    ["scope", { match: { scope: ["w9"] } }, { match: { scope: ["w*"] } }],
    ["scope, where others are due", { match: { scope: ["w9"] } }, { match: { scope: ["w*"] } }],
    [
      "metadata",
      { ...AGENTS, match: { metadata: { plan: "tria" } } },
      { ...AGENTS, match: { metadata: { plan: "trial" } } },
    ],
  ])(
    "by %s is told after its third sweep, and no more when it is corrected",
    async (what, wrong, right) => {
      const isDue = what.includes("due");
      await addClientSessions([{ id: "a", expired: isDue ? 60 : -60 }]);
      await addAgentSessions([{ id: "b", active: 60, metadata: { plan: "trial" } }]);
      await write(wrong);
      expect(await sweeps(2)).toMatchObject({
        status: "completed",
        counts: { matched: 0, due: 0 },
      });
      expect(await codes()).toEqual([]);
      await sweeps(1);
      expect((await registrar.health()).attention).toMatchObject([
        { code: "selects_nobody", about: { kind: "policy", id: "p" } },
      ]);
      await write(right);
      expect((await sweeps(1)).counts.matched).not.toBe(0);
      await sweeps(3);
      expect(await codes()).toEqual([]);
    },
  );

  test.each([
    ["due", {}, { due: 1, kept: 0 }],
    ["kept", { keep: { min_age: "P99Y" } }, { due: 0, kept: 1 }],
  ])(
    "is told no more as soon as a sweep finds somebody %s, however fresh what was counted is",
    async (_, changes, counts) => {
      await addClientSessions([{ id: "a", expired: -60 }]);
      await write({ match: { scope: ["w9"] }, ...changes });
      await sweeps(3);
      expect(await codes()).toEqual(["selects_nobody"]);
      await addClientSessions([{ id: "b", workspace: "w9", expired: 60 }]);
      expect(await sweeps(1)).toMatchObject({ counts: { ...counts, matched: null } });
      expect(await codes()).toEqual([]);
    },
  );

  test("is not told of an empty store, nor of a match that selects who is not due, undated, held or kept", async () => {
    await write({ match: { scope: ["w9"] } });
    expect((await sweeps(3)).counts.matched).toBeNull();
    expect(await codes()).toEqual([]);
    await addClientSessions([{ id: "a", workspace: "w9", expired: null }]);
    for (const changes of [{}, { keep: { latest: 1 } }, { keep: { min_age: "P99Y" } }]) {
      await write({ match: { scope: ["w9"] }, ...changes });
      expect((await sweeps(3)).counts.matched).not.toBe(0);
      expect((await codes()).filter((code) => code !== "undated")).toEqual([]);
    }
  });

  test("asks nothing of a policy without a match", async () => {
    await addClientSessions([{ id: "a", expired: -60 }]);
    await write({});
    expect((await sweeps(3)).counts.matched).toBeNull();
    expect(await codes()).toEqual([]);
  });
});

test("of a source that is listed whole, an empty list is none of the three, and ends no row of them", async () => {
  await addClientSessions([{ id: "a", expired: -60 }]);
  await write({});
  const report = await sweeps(1);
  const shown = await runInDurableObject(registrar, (_instance, { storage: { sql } }) => {
    const gauges = new Gauges(sql);
    const told: readonly (readonly [examined: number, matched: number | null])[] = [
      [5, 0],
      [0, 0],
      [5, null],
      [5, 0],
      [0, 0],
      [5, 0],
      [5, 1],
    ];
    const nobody = told.map(([examined, matched]) => {
      const counts = { ...report.counts, examined, matched };
      gauges.note({ ...report, counts }, false, Date.now());
      return gauges.all().map((one) => one.nobody);
    });
    return nobody.flat();
  });
  expect(shown).toEqual([1, 1, 1, 2, 2, 3, 0]);
});
