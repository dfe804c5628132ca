import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ExplainAnswer } from "../../../src/contract/custodian.ts";
import { addClientSessions, openWorld } from "../../support/sweep_world.ts";
import { emptyStore, WORKSPACE } from "../../support/d1.ts";
import { versionOf, preview } from "../../support/preview_world.ts";
import { startFake } from "../../support/fake_client.ts";
import {
  begin,
  newIds,
  outcomeOf,
  seamSession,
  timedCalls,
  upstream,
} from "../../support/sweep_upstream.ts";

const fake = await startFake("seam");
const engine = await openWorld();
const SOURCE = "client_sessions";
const POLICY = { source: SOURCE, expire: [{ clock: "expires_at", after: "PT0S" }] };
const GET = "/client_sessions/get";
const MANY = 200;

beforeEach(emptyStore);
afterEach(() => fake.reset());

/** So many callers at once, one after the other for as long as `isOn`. */
async function askOften(id: string, isOn: () => boolean): Promise<ExplainAnswer["kind"][]> {
  const custodian = env.CUSTODIAN.getByName(SOURCE);
  const kinds: ExplainAnswer["kind"][] = [];
  const ask = async (): Promise<void> => {
    while (isOn()) {
      const answer = await custodian.explain({
        ref: { scope: WORKSPACE, id },
        policies: [{ id: "p", policy: versionOf(POLICY).policy }],
      });
      kinds.push(answer.kind);
      if (answer.kind === "busy") {
        await new Promise((resolve) => {
          setTimeout(resolve, 500);
        });
      }
    }
  };
  await Promise.all(Array.from({ length: MANY }, ask));
  return kinds;
}

test("two hundred callers at once leave a sweep four calls of five", async () => {
  await engine.configure(upstream({ seam: fake.url }, 50));
  const [asked = "", ...ids] = newIds(101);
  await fake.seed({
    sessions: [seamSession(asked, -60), ...ids.map((id, index) => seamSession(id, 60 + index))],
  });
  const id = await begin(engine, POLICY);
  let isOn = true;
  const callers = askOften(asked, () => isOn);
  const report = await outcomeOf(engine, id);
  isOn = false;
  const kinds = await callers;
  expect(report).toMatchObject({ status: "completed", dispositions: { deleted: 100 } });
  expect(new Set(kinds)).toEqual(new Set(["explained", "busy"]));
  const calls = await timedCalls(fake);
  const removals = calls.filter(({ path }) => path === "/client_sessions/delete");
  const [first, last] = [removals.at(0)?.n ?? 0, removals.at(-1)?.n ?? 0];
  const within = calls.filter(({ n }) => n >= first && n <= last);
  const reads = within.filter(({ path, body }) => path === GET && body.includes(asked));
  expect(removals).toHaveLength(100);
  expect(reads.length).toBeGreaterThan(0);
  expect(reads.length).toBeLessThanOrEqual(within.length / 4);
}, 60_000);

test("two hundred callers at once hold up no erasure", async () => {
  await engine.configure(upstream({ seam: fake.url }, 50));
  const [asked = "", ...ids] = newIds(21);
  await fake.seed({
    sessions: [
      seamSession(asked, -60),
      ...ids.map((id) => ({ ...seamSession(id, -60), user_identifier_key: "jane_doe" })),
    ],
  });
  let isOn = true;
  const callers = askOften(asked, () => isOn);
  const report = await engine.erase([{ type: "user_identifier_key", value: "jane_doe" }]);
  isOn = false;
  await callers;
  expect(report).toMatchObject({
    status: "completed",
    sources: { client_sessions: { dispositions: { deleted: 20 } } },
  });
}, 60_000);

test("callers have all of a source that no job wants", async () => {
  await engine.configure(upstream({ seam: fake.url }));
  const [asked = ""] = newIds(1);
  await fake.seed({ sessions: [seamSession(asked)] });
  const custodian = env.CUSTODIAN.getByName(SOURCE);
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () =>
      custodian.explain({ ref: { scope: WORKSPACE, id: asked }, policies: [] }),
    ),
  );
  expect(answers.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => "explained"));
});

test("a session is found in a plan that is looked through in several parts", async () => {
  await engine.configure({});
  await addClientSessions(
    Array.from({ length: 5003 }, (_, index) => ({ id: `s${index}`, expired: 60 + index })),
  );
  const shown = await preview(engine, { ...POLICY, brake: { percent: 100 } });
  expect(shown.counts).toMatchObject({ planned: 5003 });
  const custodian = env.CUSTODIAN.getByName(SOURCE);
  const plannedIn = async (id: string): Promise<string[]> => {
    const answer = await custodian.explain({ ref: { scope: "w1", id }, policies: [] });
    return answer.kind === "explained" ? answer.planned.map(({ job }) => job) : [answer.kind];
  };
  const asked = ["s0", "s5", "s4999", "s5002", "never"];
  const found = [[shown.id], [shown.id], [shown.id], [shown.id], []];
  const answers: string[][] = [];
  for (const id of asked) {
    answers.push(await plannedIn(id));
  }
  expect(answers).toEqual(found);
}, 60_000);
