import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { emptyStore, idsIn, store } from "../../support/d1.ts";
import { addAgentSessions, addClientSessions, openWorld } from "../../support/sweep_world.ts";

const engine = await openWorld();
const clients = env.CUSTODIAN.getByName("client_sessions");
const agents = env.CUSTODIAN.getByName("agent_sessions");

beforeEach(async () => {
  await emptyStore();
  await engine.configure({});
});

async function openBatches(): Promise<unknown[]> {
  return engine.rows("client_sessions", "SELECT batch FROM batches");
}

/** A store whose first `times` batches run, and whose answers are lost. */
function losing(times: number): D1Database {
  let left = times;
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (key !== "batch") {
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      }
      return async (statements: D1PreparedStatement[]) => {
        const answer = await target.batch(statements);
        left -= 1;
        if (left >= 0) {
          throw new Error("D1_ERROR: Network connection lost.");
        }
        return answer;
      };
    },
  });
}

describe("one session that a caller wants gone", () => {
  test("is removed at once, due or not, with what depends on it", async () => {
    await addAgentSessions([
      { id: "ase_a", active: 1 },
      { id: "ase_b", active: 1 },
    ]);
    expect(await agents.removeNow({ scope: "agt_1", id: "ase_a" })).toEqual({ kind: "deleted" });
    expect(await idsIn("agent_sessions")).toEqual(["ase_b"]);
    expect(await idsIn("agent_events")).toEqual(["evt_ase_b"]);
  });

  test("is absent when there is none, in this scope", async () => {
    await addClientSessions([{ id: "a", workspace: "w1" }]);
    expect(await clients.removeNow({ scope: "w2", id: "a" })).toEqual({ kind: "absent" });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
  });

  test("is deleted for one of many callers, and absent for the others", async () => {
    await addClientSessions([
      { id: "a", expired: -60 },
      { id: "b", expired: -60 },
    ]);
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => clients.removeNow({ scope: "w1", id: "a" })),
    );
    const kinds = answers.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "deleted")).toHaveLength(1);
    expect(kinds.filter((kind) => kind === "absent")).toHaveLength(11);
    expect(await idsIn("client_sessions")).toEqual(["b"]);
    expect(await openBatches()).toEqual([]);
  });

  test("is unavailable when the answer is lost; the next caller learns that it is gone", async () => {
    await addClientSessions([{ id: "a", expired: -60 }]);
    await engine.useStore(losing(1));
    expect(await clients.removeNow({ scope: "w1", id: "a" })).toEqual({ kind: "unavailable" });
    expect(await openBatches()).toHaveLength(1);
    expect(await clients.removeNow({ scope: "w1", id: "a" })).toEqual({ kind: "absent" });
    expect(await openBatches()).toEqual([]);
  });

  test("is not removed again under its old id, once it was made anew", async () => {
    await addClientSessions([{ id: "a", expired: -60 }]);
    await engine.useStore(losing(1));
    await clients.removeNow({ scope: "w1", id: "a" });
    await addClientSessions([{ id: "a", expired: -60 }]);
    await clients.removeNow({ scope: "w1", id: "other" });
    expect(await idsIn("client_sessions")).toEqual(["a"]);
  });

  test("goes while a sweep removes others, and neither counts the other's", async () => {
    const named = Array.from({ length: 3000 }, (_, index) => ({ id: `s${index}`, expired: 10 }));
    await addClientSessions([...named, { id: "mine", expired: -60 }]);
    await engine.putPolicy("p", {
      source: "client_sessions",
      expire: [{ clock: "expires_at", after: "PT0S" }],
      brake: { percent: 100 },
      mode: "enforce",
    });
    await engine.tick();
    expect(await clients.removeNow({ scope: "w1", id: "mine" })).toEqual({ kind: "deleted" });
    const [report] = await engine.settled();
    expect(report).toMatchObject({ status: "completed", dispositions: { deleted: 3000 } });
    expect(await idsIn("client_sessions")).toEqual([]);
  });
});
