import { beforeEach, describe, test } from "vitest";
import { addClients, emptyStore, idsIn, NOW } from "../../support/d1.ts";
import { openEngine } from "../../support/engine.ts";

const engine = await openEngine();

const DAYS_FROM_NOW = Math.round((Date.now() - NOW) / 60_000);

/** Minutes around the present, as the setup counts them. */
function ago(minutes: number): number {
  return DAYS_FROM_NOW - minutes;
}

describe("a sweep of the embedded store", () => {
  beforeEach(async () => {
    await emptyStore();
  });

  test("removes what is due, leaves the rest, and counts each session once", async ({ expect }) => {
    await addClients([
      { id: "due", created: ago(5000), expires: ago(60) },
      { id: "live", created: ago(5000), expires: ago(-60) },
      { id: "grace", created: ago(5000), expires: ago(5) },
      { id: "undated", created: ago(5000), expires: null },
    ]);
    await engine.putPolicy("expired", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT15M" }],
      mode: "enforce",
    });
    const [sweep] = await engine.sweep();
    expect(sweep).toMatchObject({
      status: "completed",
      counts: {
        examined: 1,
        undated: 1,
        due: 1,
        kept: 0,
        has_children: 0,
        held: 0,
        resting: 0,
        beyond_budget: 0,
        planned: 1,
      },
      dispositions: { deleted: 1 },
      verified: { read: 0, seen_again: 0 },
    });
    expect(await idsIn("client_sessions")).toEqual(["grace", "live", "undated"]);
    expect(await engine.rows("client_sessions", "SELECT seq FROM plan")).toEqual([]);
    expect(await engine.rows("client_sessions", "SELECT id FROM jobs")).toEqual([]);
  });
});
