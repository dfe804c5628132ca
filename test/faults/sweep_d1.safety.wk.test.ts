import { beforeEach, describe, expect, test } from "vitest";
import { emptyStore, idsIn, store } from "../support/d1.ts";
import { quicken } from "../support/quick_clock.ts";
import { addClientSessions, openWorld, sweepOnce } from "../support/sweep_world.ts";

// What goes wrong is tried again after seconds: they pass five times as fast.
await quicken(5);
const engine = await openWorld();
const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
  brake: { percent: 100 },
};

beforeEach(emptyStore);

type Trouble = "before" | "after" | null;

/** A store whose batches fail as the test says, each in turn: not run at all, or run and unanswered. */
function troubled(troubles: Trouble[]): D1Database {
  return new Proxy(store, {
    get(target, key) {
      if (key === "batch") {
        return async (statements: D1PreparedStatement[]) => {
          const trouble = troubles.shift() ?? null;
          if (trouble === "before") {
            throw new Error("D1_ERROR: Network connection lost.");
          }
          const answer = await target.batch(statements);
          if (trouble === "after") {
            throw new Error("D1_ERROR: Network connection lost.");
          }
          return answer;
        };
      }
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

function named(count: number) {
  return Array.from({ length: count }, (_, index) => ({ id: `s${index}`, expired: 10 + index }));
}

describe("the embedded store fails", () => {
  test.for<[string, Trouble[]]>([
    ["before a removal", ["before"]],
    ["after a removal", ["after"]],
    ["after a removal, and again when it is asked what came of it", ["after", "before"]],
    ["after a removal, and after it said what came of it", ["after", "after"]],
    ["around each of several removals", ["before", null, "after", null, "after", "before"]],
  ])("%s: each session is removed and counted once", async ([, troubles]) => {
    await addClientSessions([...named(2500), { id: "live", expired: -60 }]);
    await engine.useStore(troubled([...troubles]));
    expect(await sweepOnce(engine, POLICY)).toMatchObject({
      status: "completed",
      counts: { due: 2500, planned: 2500 },
      dispositions: { deleted: 2500 },
      lag_seconds: { max: expect.any(Number) as number },
    });
    expect(await idsIn("client_sessions")).toEqual(["live"]);
    const { results } = await store
      .prepare("SELECT removed FROM removal_batches WHERE removed <> '[]'")
      .all();
    expect(results).toEqual([]);
  });

  test("and a session renewed in the meantime stays, and is counted as renewed", async () => {
    await addClientSessions(named(3));
    const renewing = troubled(["before"]);
    const { batch } = renewing;
    let batches = 0;
    await engine.useStore(
      new Proxy(renewing, {
        get(target, key) {
          if (key !== "batch") {
            const value: unknown = Reflect.get(target, key);
            return typeof value === "function" ? (value.bind(target) as unknown) : value;
          }
          return async (statements: D1PreparedStatement[]) => {
            batches += 1;
            if (batches === 2) {
              await store
                .prepare(
                  `UPDATE client_sessions SET expires_at = ?, version = version + 1
                   WHERE client_session_id = 's1'`,
                )
                .bind(Date.now() + 1e9)
                .run();
            }
            return batch(statements);
          };
        },
      }),
    );
    expect(await sweepOnce(engine, POLICY)).toMatchObject({
      status: "completed",
      dispositions: { deleted: 2, renewed: 1 },
    });
    expect(await idsIn("client_sessions")).toEqual(["s1"]);
  });
});
