import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openEngine } from "../support/engine.ts";
import { by } from "../support/erasure_world.ts";
import { familyWorlds, type FamilyWorld } from "../support/lineage_world.ts";
import { sweepOnce } from "../support/sweep_world.ts";

const engine = await openEngine();

/** A session by its place: made by an earlier one or by none, naming somebody or nobody, due or not. */
interface Member {
  readonly parent: number | null;
  readonly person: "ann" | "bob" | null;
  readonly stale: boolean;
}

type Step =
  | { readonly do: "sweep"; readonly clock: "last_active_at" | "created_at" }
  | { readonly do: "erase"; readonly person: "bob" | "nobody" }
  | { readonly do: "remove"; readonly member: number };

const member = fc.record({
  up: fc.nat({ max: 3 }).map((up) => (up === 3 ? 0 : up + 1)),
  person: fc.constantFrom("ann" as const, "bob" as const, null, null, null),
  stale: fc.boolean(),
});

/** Most are made by one of the three before them. */
const family = fc.array(member, { minLength: 6, maxLength: 8 }).map((members) =>
  members.map(({ up, person, stale }, place): Member => ({
    parent: up === 0 || place - up < 0 ? null : place - up,
    person,
    stale,
  })),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("sweep" as const),
    clock: fc.constantFrom("last_active_at" as const, "created_at" as const),
  }),
  fc.record({
    do: fc.constant("erase" as const),
    person: fc.constantFrom("bob" as const, "nobody" as const),
  }),
  fc.record({ do: fc.constant("remove" as const), member: fc.nat({ max: 7 }) }),
  fc.record({ do: fc.constant("remove" as const), member: fc.nat({ max: 7 }) }),
);

/** Whose a session is: its own, or that of the nearest ancestor that names somebody. */
function ownerOf(members: readonly Member[], place: number): Member["person"] {
  const one = members[place];
  if (one === undefined || one.person !== null || one.parent === null) {
    return one?.person ?? null;
  }
  return ownerOf(members, one.parent);
}

async function sweep(clock: "last_active_at" | "created_at"): Promise<void> {
  const report = await sweepOnce(engine, {
    source: "agent_sessions",
    expire: [{ clock, after: "P30D" }],
    brake: { percent: 100 },
    verify: 0,
  });
  expect(report.status).toBe("completed");
}

/** By the store's route where there is one: a database that somebody else writes to tells nobody. */
async function remove(world: FamilyWorld, at: string): Promise<void> {
  if (!world.isEmbedded) {
    await world.vanish(at);
    return;
  }
  const [scope = "", id = ""] = at.split("/");
  const agents = env.CUSTODIAN.getByName("agent_sessions");
  expect(await agents.removeNow({ scope, id })).toEqual({ kind: "deleted" });
}

const now = new Date().toISOString();
let runs = 0;

describe.each(await familyWorlds())("$name: what an erasure finds of a family", (world) => {
  test("is all of it, and nobody else's, whatever went before in whatever order", async () => {
    await fc.assert(
      fc.asyncProperty(
        family,
        fc.array(step, { minLength: 4, maxLength: 6 }),
        async (members, steps) => {
          runs += 1;
          const at = members.map((_, place) => `agt_${place % 3}/r${runs}_${place}`);
          await world.open(engine);
          await world.agents(
            { at: `agt_z/r${runs}`, metadata: { user_id: "zoe" }, created_at: now },
            ...members.map(({ parent, person, stale }, place) => ({
              at: at[place] ?? "",
              ...(parent === null ? {} : { child_of: at[parent] ?? "" }),
              ...(person === null ? {} : { metadata: { user_id: person } }),
              ...(stale ? {} : { created_at: now }),
            })),
          );
          await sweep("last_active_at");
          for (const one of steps) {
            const there = await world.left();
            // Whoever has made others goes first.
            const goes = at.filter((name) => there.includes(name));
            const parents = goes.filter((name) =>
              members.some(({ parent }) => parent !== null && at[parent] === name),
            );
            const some = parents.length > 0 ? parents : goes;
            if (one.do === "sweep") {
              await sweep(one.clock);
            } else if (one.do === "erase") {
              await engine.erase([by("user_identifier_key", one.person)]);
            } else if (some.length > 0) {
              await remove(world, some[one.member % some.length] ?? "");
            }
          }
          const before = await world.left();
          const anns = at.filter(
            (name, place) => before.includes(name) && ownerOf(members, place) === "ann",
          );
          const { status, sources } = await engine.erase([by("user_identifier_key", "ann")]);
          expect(status).toBe(anns.length === 0 ? "no_match" : "completed");
          expect(sources["agent_sessions"]).toMatchObject({
            found: anns.length,
            unattributable: 0,
          });
          expect(await world.left()).toEqual(before.filter((name) => !anns.includes(name)));
        },
      ),
      { numRuns: 10 },
    );
  }, 180_000);
});
