import { beforeEach, describe, expect, test } from "vitest";
import { setDigest } from "../../../src/core/values/set_digest.ts";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import { openEngine } from "../../support/engine.ts";
import { by, upstreamWorld } from "../../support/erasure_world.ts";

const engine = await openEngine();
const world = await upstreamWorld();

const PAGE = { limit: 100, cursor: null };

function person(n: number) {
  return by("user_identifier_key", `person-${n}`);
}

/** An erasure that a webhook asks for above its limit. */
async function aboveLimit(n: number, hook: string): Promise<string> {
  const opened = await engine.registrar.openErasure(
    {
      identifiers: [person(n)],
      sources: null,
      scopes: null,
      regulation: null,
      requested_at: Date.now(),
      reference: null,
      dry_run: false,
    },
    `webhook:${hook}`,
    null,
    { hook, webhook_id: `msg_${n}`, body_hash: "body", max_per_hour: 0 },
  );
  if (opened.kind !== "opened") {
    throw new Error(opened.kind);
  }
  return opened.erasure.id;
}

async function waitingOf(ids: readonly string[]): Promise<ErasureReport[]> {
  const { data } = await engine.registrar.erasures(PAGE, { status: ["needs_approval"] });
  return data.filter(({ id }) => ids.includes(id));
}

async function approve(reports: readonly ErasureReport[], actor = "somebody", digest?: string) {
  const ids = reports.map(({ id }) => id);
  return engine.registrar.approveErasures(ids, digest ?? setDigest(reports), actor);
}

describe("above max_per_hour", () => {
  beforeEach(async () => {
    await world.open(engine);
  });

  test("fifty erasures that find nothing wait for nobody", async () => {
    const hook = crypto.randomUUID();
    const ids = await Promise.all(Array.from({ length: 50 }, (_, n) => aboveLimit(n, hook)));
    for (const id of ids) {
      expect((await engine.erasure(id)).status).toBe("no_match");
    }
    expect(await waitingOf(ids)).toEqual([]);
  });

  test("what only the read-back finds waits for an approval", async () => {
    await world.agents({ at: "agt_a/ase_1" });
    await world.vectara.effects({
      match: { method: "GET", path: "/v2/agents/agt_a/sessions" },
      when: "after",
      effect: {
        do: "add",
        agent_key: "agt_a",
        session: { key: "ase_2", metadata: { user_id: "person-7" } },
      },
    });
    const report = await engine.erasure(await aboveLimit(7, crypto.randomUUID()));
    expect(report).toMatchObject({
      status: "needs_approval",
      error: { code: "webhook_limit" },
      sources: { agent_sessions: { status: "planned", found: 1, dispositions: {} } },
    });
    expect(await world.left()).toEqual(["agt_a/ase_1", "agt_a/ase_2"]);
    expect(await world.removals()).toBe(0);
  });
});

describe("erasures that wait", () => {
  let ids: string[] = [];
  let hook = "";

  beforeEach(async () => {
    await world.open(engine, { vars: { FOUR_EYES: "on" } });
    await world.clients(
      ...[1, 2, 3].map((n) => ({ name: `of ${n}`, user_identifier_key: `person-${n}` })),
    );
    hook = crypto.randomUUID();
    ids = [];
    for (const n of [1, 2, 3]) {
      ids.push(await aboveLimit(n, hook));
    }
    await Promise.all(ids.map((id) => engine.erasure(id)));
  });

  test("are listed by status, page by page", async () => {
    expect((await waitingOf(ids)).map(({ id }) => id)).toEqual(ids.toReversed());
    const first = await engine.registrar.erasures(
      { limit: 2, cursor: null },
      { status: ["needs_approval"] },
    );
    expect(first.data.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 2));
    const rest = await engine.registrar.erasures(
      { limit: 100, cursor: first.next_cursor },
      { status: ["needs_approval"] },
    );
    expect(rest.data[0]?.id).toBe(ids[0]);
    const { data } = await engine.registrar.erasures(PAGE, { status: ["conflict"] });
    expect(data.filter(({ id }) => ids.includes(id))).toEqual([]);
    for (const id of ids) {
      await engine.registrar.cancelErasure(id, "x");
    }
  });

  test("go on by one approval of all of them", async () => {
    const answer = await approve(await waitingOf(ids), "somebody");
    expect(answer).toMatchObject({
      kind: "done",
      reports: [
        { status: "removing", approved_by: [{ name: "somebody" }] },
        { status: "removing" },
        { status: "removing" },
      ],
    });
    for (const id of ids) {
      expect((await engine.erasure(id)).sources["client_sessions"]?.dispositions).toEqual({
        deleted: 1,
      });
    }
    expect(await world.left()).toEqual([]);
  });

  test("all or none: not with another digest, another set, one that waits no more, or by who asked", async () => {
    const waiting = await waitingOf(ids);
    const [one, two] = waiting;
    if (one === undefined || two === undefined) {
      throw new Error("two wait");
    }
    expect(await approve(waiting, "somebody", setDigest([one, two]))).toEqual({
      kind: "wrong_digest",
      id: null,
    });
    expect(await approve([...waiting, { ...one, id: "ers_none" }])).toEqual({
      kind: "not_found",
      id: "ers_none",
    });
    const own = await engine.erase([person(4)]);
    expect(await approve([...waiting, own])).toMatchObject({
      kind: "wrong_status",
      id: own.id,
    });
    expect(await approve(waiting, `webhook:${hook}`)).toMatchObject({ kind: "same_key" });
    expect(await world.left()).toHaveLength(3);
    expect(await waitingOf(ids)).toHaveLength(3);
    await engine.registrar.cancelErasure(two.id, "x");
    expect(await approve(waiting)).toMatchObject({ kind: "wrong_status", id: two.id });
    expect(await world.left()).toHaveLength(3);
    expect(await waitingOf(ids)).toHaveLength(2);
    for (const id of ids) {
      await engine.registrar.cancelErasure(id, "x");
    }
  });
});
