import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { HoldSelector } from "../../../src/core/hold/hold.ts";
import type { HoldReport } from "../../../src/core/report/hold.ts";
import type { RestraintsCopy } from "../../../src/contract/custodian.ts";
import { emptyStore, idsIn } from "../../support/d1.ts";
import { addClientSessions, openWorld, sweepOnce } from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

// The Registrar is restored to a time before: it gives the same versions a second time, to other holds.

const engine = await openWorld();
const clients = env.CUSTODIAN.getByName("client_sessions");
const NOBODY = ofPerson("nobody");

const TABLES = ["facts", "holds", "pauses", "restraint_acks"] as const;
type Saved = Record<string, Record<string, SqlStorageValue>[]>;

beforeEach(emptyStore);

function ofPerson(value: string): HoldSelector {
  return { kind: "subject", identifiers: [{ type: "user_identifier_key", value }] };
}

async function place(selector: HoldSelector): Promise<HoldReport> {
  return placeHold(engine, selector);
}

async function save(): Promise<Saved> {
  return runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) =>
    Object.fromEntries(
      TABLES.map((table) => [table, sql.exec(`SELECT * FROM ${table}`).toArray()]),
    ),
  );
}

async function restore(saved: Saved): Promise<void> {
  await runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) => {
    for (const [table, rows] of Object.entries(saved)) {
      sql.exec(`DELETE FROM ${table}`);
      for (const row of rows) {
        const marks = Object.keys(row).map(() => "?");
        sql.exec(
          `INSERT INTO ${table} (${Object.keys(row).join(", ")}) VALUES (${marks.join(", ")})`,
          ...Object.values(row),
        );
      }
    }
  });
}

async function copyOf(source: string): Promise<RestraintsCopy> {
  const [row] = await engine.rows<{ copy: string }>(source, "SELECT copy FROM restraints");
  return JSON.parse(row?.copy ?? "") as RestraintsCopy;
}

describe("after a restore of the Registrar", () => {
  test.each([1, 2, 3])(
    "a hold is in force where it says so, %i versions before what a Custodian knows",
    async (behind) => {
      await addClientSessions([{ id: "a", person: "jane" }]);
      const saved = await save();
      for (let times = 0; times < behind; times++) {
        await place(NOBODY);
      }
      await restore(saved);
      // With the first, the Registrar reaches the version that was given to the first one lost.
      const holds = await Promise.all([place(ofPerson("jane")), place(ofPerson("john"))]);
      for (const { id, in_force: inForce } of holds) {
        expect(inForce).toEqual({ client_sessions: true, agent_sessions: true });
        for (const source of Object.keys(inForce)) {
          expect((await copyOf(source)).holds.map((hold) => hold.id)).toContain(id);
        }
      }
      expect(await clients.removeNow({ scope: "w1", id: "a" })).toMatchObject({ kind: "held" });
    },
  );

  test("a slice is not confirmed by a version that was given to other holds", async () => {
    const saved = await save();
    await place(NOBODY);
    const lost = await copyOf("client_sessions");
    await restore(saved);
    await runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) => {
      sql.exec(
        "UPDATE facts SET value = json_set(value, '$.version', ?) WHERE name = 'restraints'",
        lost.version,
      );
    });
    const answer = await engine.registrar.restraints(
      { version: lost.version, stamp: lost.stamp },
      { source: "client_sessions", ids: [] },
    );
    expect(answer.version).toBeGreaterThan(lost.version);
    expect(answer.copy?.holds.map(({ id }) => id)).not.toContain(lost.holds.at(-1)?.id);
  });

  test("a plan that was judged under a later version than a hold's is judged again", async () => {
    await addClientSessions(
      Array.from({ length: 120 }, (_, index) => ({ id: `s${index}`, person: `q${index}` })),
    );
    const saved = await save();
    await place(NOBODY);
    await place(NOBODY);
    const braked = await sweepOnce(engine, {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT0S" }],
      brake: { percent: 10 },
    });
    expect(braked.status).toBe("braked");
    const sweeps = await runInDurableObject(engine.registrar, (_instance, { storage: { sql } }) =>
      sql.exec("SELECT * FROM facts WHERE name <> 'restraints'").toArray(),
    );
    await restore({
      ...saved,
      facts: [...sweeps, ...(saved["facts"] ?? []).filter(({ name }) => name === "restraints")],
    });
    await place(ofPerson("q7"));
    await engine.registrar.approveSweep(braked.id, braked.plan_digest ?? "", "somebody");
    await vi.waitUntil(
      async () => (await engine.registrar.sweep(braked.id))?.status === "completed",
      { timeout: 10_000 },
    );
    expect(await idsIn("client_sessions")).toEqual(["s7"]);
  });
});
