import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { ENDED_SWEEPS, type SweepReport } from "../../../src/core/report/sweep.ts";
import type { FaultRule } from "../../fakes/faults.ts";
import { startFake } from "../../support/fake_client.ts";
import { newIds, seamSession, timedCalls } from "../../support/sweep_upstream.ts";
import { clearPolicies, openWorld } from "../../support/sweep_world.ts";

const DAY = 86_400_000;
const seam = [await startFake("seam"), await startFake("seam"), await startFake("seam")] as const;
const vectara = [await startFake("vectara"), await startFake("vectara")] as const;
const engine = await openWorld();

/** Five accounts: each its own endpoint, secret and bucket. */
const SOURCES = {
  client_sessions: {
    endpoint: seam[0].url,
    secret: "KEY_A",
    per_second: 1000,
    settle_seconds: 0,
  },
  seam_c: named("seam", seam[2].url, "KEY_C"),
  agent_sessions: {
    endpoint: vectara[0].url,
    secret: "KEY_D",
    per_second: 1000,
    settle_seconds: 0,
  },
  vectara_b: named("vectara", vectara[1].url, "KEY_E"),
};
type Name = keyof typeof SOURCES;
const KEYS = {
  KEY_A: "seam_test_fake_key",
  KEY_B: "seam_test_fake_key",
  KEY_C: "seam_test_fake_key",
  KEY_D: "zut_fake_key",
  KEY_E: "zut_fake_key",
};
const NAMES = Object.keys(SOURCES) as Name[];

/** The account wants a pause longer than a slice. */
const REST: FaultRule = { kind: "status", status: 429, headers: { "retry-after": "60" } };

function named(provider: string, endpoint: string, secret: string) {
  return { provider, endpoint, secret, per_second: 1000, settle_seconds: 0 };
}

async function configure(sources: object): Promise<void> {
  const vars = { ...KEYS, SOURCES: JSON.stringify(sources) };
  await engine.configure(vars);
  // A new deployment also reaches the object of a source that it no longer has.
  await runInDurableObject(env.CUSTODIAN.getByName("seam_c"), (instance) => {
    Object.assign(instance, { env: { ...env, ...vars } });
  });
}

async function putPolicies(names: readonly string[]): Promise<void> {
  for (const source of names) {
    const isSeam = source === "client_sessions" || source.startsWith("seam");
    await engine.putPolicy(`of_${source}`, {
      source,
      mode: "enforce",
      expire: [
        isSeam
          ? { clock: "expires_at", after: "PT0S" }
          : { clock: "last_active_at", after: "P30D" },
      ],
      brake: { percent: 100 },
      verify: 0,
      schedule: "* * * * *",
    });
  }
}

async function seed(count: number): Promise<void> {
  for (const fake of seam) {
    await fake.seed({ sessions: newIds(count).map((id) => seamSession(id)) });
  }
  const at = new Date(Date.now() - 90 * DAY).toISOString();
  for (const fake of vectara) {
    const sessions = newIds(count).map((key) => ({ key, created_at: at, events: [] }));
    await fake.seed({ agents: [{ key: "agt_a", sessions }] });
  }
}

/** The newest sweep of a source once it has ended, or is as asked. */
async function sweepOf(
  source: string,
  isDone: (report: SweepReport) => boolean = ({ status }) => ENDED_SWEEPS.has(status),
): Promise<SweepReport> {
  return vi.waitUntil(
    async () => {
      const { data } = await engine.registrar.sweeps(
        { limit: 1, cursor: null },
        { policy: `of_${source}` },
      );
      return data.find(isDone) ?? false;
    },
    { timeout: 20_000, interval: 20 },
  );
}

let minute = Math.floor(Date.now() / 60_000) * 60_000;

async function tick(): Promise<void> {
  minute += 60_000;
  await engine.tick(minute);
}

beforeEach(async () => {
  await Promise.all([...seam, ...vectara].map(async (fake) => fake.reset()));
  await clearPolicies();
  await configure(SOURCES);
  await tick();
  await seed(12);
});

describe("one account that is broken", () => {
  // Each has a name of its own: what the one before is still waiting for is none of its business.
  test.for<[string, FaultRule]>([
    ["seam_hangs", { kind: "hang", times: "always" }],
    ["seam_refuses", { kind: "status", status: 401, times: "always" }],
    [
      "seam_limits",
      { kind: "status", status: 429, headers: { "retry-after": "600" }, times: "always" },
    ],
    ["seam_fails", { kind: "status", status: 500, times: "always" }],
  ])("%s: the others' sweeps end as if it were not there", async ([broken, fault]) => {
    await configure({ ...SOURCES, [broken]: named("seam", seam[1].url, "KEY_B") });
    await seam[1].faults(fault);
    await putPolicies([broken, ...NAMES]);
    const from = Date.now();
    await tick();
    const reports = await Promise.all(NAMES.map(async (name) => sweepOf(name)));
    expect(reports).toMatchObject(
      NAMES.map((source) => ({ source, status: "completed", dispositions: { deleted: 12 } })),
    );
    expect(Date.now() - from).toBeLessThan(8000);
    expect(await sweepOf(broken, () => true)).toMatchObject({ source: broken, dispositions: {} });
    expect(await seam[1].state()).toMatchObject({ sessions: 12 });
    const { sources } = await engine.registrar.health();
    expect(NAMES.map((name) => sources[name]?.status)).toEqual(NAMES.map(() => "ok"));
  });
});

describe("an account", () => {
  test("that is added is swept from the next tick on, by the policies that name it", async () => {
    const { seam_c: added, ...fewer } = SOURCES;
    await configure(fewer);
    await putPolicies(["client_sessions", "seam_c"]);
    await tick();
    expect(await sweepOf("client_sessions")).toMatchObject({ dispositions: { deleted: 12 } });
    const [problem] = (await engine.registrar.health()).policy_problems;
    expect(problem).toMatchObject({ id: "of_seam_c", errors: [{ field: "source" }] });
    expect(problem?.errors[0]?.message).toContain("there are client_sessions, ");
    expect(await timedCalls(seam[2])).toEqual([]);
    await configure({ ...fewer, seam_c: added });
    await tick();
    expect(await sweepOf("seam_c")).toMatchObject({
      status: "completed",
      dispositions: { deleted: 12 },
    });
    expect((await engine.registrar.health()).policy_problems).toEqual([]);
  });

  test("that is taken away in the middle ends its jobs, and says why; another name is another source", async () => {
    await seam[2].faults({ ...REST, skip: 3, match: { path: "/client_sessions/delete" } });
    await putPolicies(["client_sessions", "seam_c"]);
    await tick();
    expect(await sweepOf("client_sessions")).toMatchObject({ dispositions: { deleted: 12 } });
    await sweepOf("seam_c", ({ status }) => status === "removing");
    const { seam_c: renamed, ...fewer } = SOURCES;
    await configure(fewer);
    await tick();
    const ended = await sweepOf("seam_c");
    expect(ended).toMatchObject({ status: "failed", error: { code: "source_missing" } });
    expect(ended.by_clause.map(({ dispositions }) => dispositions)).toEqual([ended.dispositions]);
    const left = (await seam[2].state())["sessions"];
    expect((ended.dispositions.deleted ?? 0) + Number(left)).toBe(12);
    await configure({ ...fewer, seam_d: renamed });
    await clearPolicies();
    await putPolicies(["seam_d"]);
    await tick();
    expect(await sweepOf("seam_d")).toMatchObject({
      source: "seam_d",
      status: "completed",
      dispositions: { deleted: left },
    });
  });

  test("that is taken away while an erasure plans leaves that one partial, never completed", async () => {
    const person = { user_identifier_key: "jane" };
    for (const fake of seam) {
      await fake.seed({ sessions: newIds(1).map((id) => ({ ...seamSession(id), ...person })) });
    }
    await seam[2].faults(REST);
    const id = await engine.open([{ type: "user_identifier_key", value: "jane" }]);
    await expect
      .poll(async () => (await engine.registrar.erasure(id))?.sources["seam_c"]?.status)
      .toBe("selecting");
    const { seam_c: _gone, ...fewer } = SOURCES;
    await configure(fewer);
    // The pause is over.
    await runInDurableObject(env.CUSTODIAN.getByName("seam_c"), async (_, state) => {
      state.storage.sql.exec("UPDATE timers SET at = 0");
      await state.storage.setAlarm(Date.now());
    });
    const report = await engine.erasure(id);
    expect(report.status).toBe("partial");
    expect(report.statement).toContain("Not everything");
    expect(report.sources["seam_c"]).toMatchObject({
      status: "failed",
      found: 0,
      error: { code: "source_missing" },
    });
  });
});
