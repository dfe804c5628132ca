import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { kickTick } from "../../../src/tick.ts";
import { buildDeps } from "../../../src/deps.ts";
import type { PolicyVersion, TickResult } from "../../../src/contract/registrar.ts";
import { emptyStore, idsIn, store } from "../../support/d1.ts";
import {
  addClientSessions,
  clearPolicies,
  openWorld,
  writePolicy,
  policyVersion,
} from "../../support/sweep_world.ts";

const engine = await openWorld();
const { registrar } = engine;
const LAG = 5 * 60_000;

const FIRST = versionOf({ note: "the first" });
const SECOND = versionOf({ note: "the second" });
const THIRD = versionOf({ match: { scope: ["elsewhere"] } });

function versionOf(changes: object): PolicyVersion {
  return policyVersion("p", {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT0S" }],
    mode: "enforce",
    brake: { percent: 100 },
    ...changes,
  });
}

const COMES_BACK = /^p: KV showed no valid document until just now: this one runs from 20/;

/** A tick in which KV shows a version, once every sweep has ended. */
async function kick(shown: PolicyVersion | null): Promise<TickResult | null> {
  await engine.settled();
  return kickAtOnce(shown);
}

async function kickAtOnce(shown: PolicyVersion | null): Promise<TickResult | null> {
  if (shown === null) {
    await env.POLICIES.delete("policy:p");
  } else {
    await engine.putPolicy("p", shown.policy);
  }
  return kickTick(Date.now(), buildDeps(env));
}

/** Lets the lag of KV pass: as if every version had been written that much earlier. */
async function waitOutLag(): Promise<void> {
  await runInDurableObject(registrar, (_instance, state) => {
    state.storage.sql.exec(
      `UPDATE policy_versions SET at = at - ?1, written_at = written_at - ?1,
         missing_since = missing_since - ?1, missing_at = missing_at - ?1`,
      LAG,
    );
  });
}

async function versions() {
  return (await registrar.policyVersions("p", 100, null)).data;
}

async function problems(): Promise<string[]> {
  const { policy_problems: found } = await registrar.health();
  return found.flatMap(({ id, errors }) => errors.map(({ message }) => `${id}: ${message}`));
}

/** A store that answers nothing, so that a sweep never gets further than its list. */
const broken = new Proxy(store, {
  get: () => () => {
    throw new Error("D1_ERROR: Network connection lost.");
  },
});

beforeEach(async () => {
  await engine.useStore(store);
  await clearPolicies();
  await engine.tick();
  await engine.settled();
  await emptyStore();
  await addClientSessions(["a", "b", "c"].map((id) => ({ id })));
});

describe("versions", () => {
  test("keep who, when, how, the digest and the document, the newest first", async () => {
    await writePolicy(engine, "p", FIRST, "anna");
    await waitOutLag();
    await kick(THIRD);
    await writePolicy(engine, "p", null, "ben", THIRD);
    expect(await versions()).toMatchObject([
      { no: 3, digest: null, document: null, writer: "ben", via: "api", at: expect.any(String) },
      {
        no: 2,
        digest: THIRD.digest,
        document: JSON.stringify(THIRD.policy),
        writer: null,
        via: "kv",
        at: expect.any(String),
      },
      {
        no: 1,
        digest: FIRST.digest,
        document: JSON.stringify(FIRST.policy),
        writer: "anna",
        via: "api",
        at: expect.any(String),
      },
    ]);
  });

  test("come page by page", async () => {
    for (const version of [FIRST, SECOND, THIRD]) {
      await writePolicy(engine, "p", version, "anna");
    }
    const first = await registrar.policyVersions("p", 2, null);
    expect(first.data.map(({ no }) => no)).toEqual([3, 2]);
    const second = await registrar.policyVersions("p", 2, Number(first.next_cursor));
    expect(second.data.map(({ no }) => no)).toEqual([1]);
    expect(second.next_cursor).toBeNull();
    expect(await registrar.policyVersions("other", 2, null)).toEqual({
      data: [],
      next_cursor: null,
    });
  });

  test("are none more when the same key writes the same document again, or KV shows it", async () => {
    await writePolicy(engine, "p", FIRST, "anna");
    await writePolicy(engine, "p", FIRST, "anna");
    await kick(FIRST);
    await waitOutLag();
    await kick(FIRST);
    expect((await versions()).map(({ no }) => no)).toEqual([1]);
    await writePolicy(engine, "p", FIRST, "ben", FIRST);
    expect((await versions()).map(({ writer }) => writer)).toEqual(["ben", "anna"]);
  });

  test("are kept to the last thousand", async () => {
    await runInDurableObject(registrar, (_instance, state) => {
      state.storage.sql.exec(
        `WITH RECURSIVE n(no) AS (SELECT 1 UNION ALL SELECT no + 1 FROM n WHERE no < 1000)
         INSERT INTO policy_versions (policy, no, digest, via, at) SELECT 'p', no, 'd' || no, 'api', 0 FROM n`,
      );
    });
    await writePolicy(engine, "p", THIRD, "anna");
    const last = await registrar.policyVersions("p", 100, 102);
    expect(last.data.map(({ no }) => no).slice(-1)).toEqual([2]);
    expect(last.next_cursor).toBeNull();
    expect((await versions()).map(({ no }) => no).slice(0, 2)).toEqual([1001, 1000]);
  });
});

describe("a version that was superseded", () => {
  test("through the API is not run again, whatever KV shows and however long", async () => {
    await kick(FIRST);
    await writePolicy(engine, "p", THIRD, "anna", FIRST);
    expect(await kick(FIRST)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
    expect(await problems()).toEqual([]);
    await waitOutLag();
    expect(await kick(FIRST)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
    expect(await problems()).toEqual([
      "p: KV shows a document that version 2 superseded, so nothing runs: PUT the one that you want, or DELETE the policy",
    ]);
    expect(await registrar.startSweep(FIRST, "anna", null)).toEqual({ kind: "kv_stale" });
    expect(await idsIn("client_sessions")).toEqual(["a", "b", "c"]);
    expect(await kick(THIRD)).toMatchObject({ started: ["p"] });
    expect(await problems()).toEqual([]);
  });

  test("by another one in KV is not run again either", async () => {
    await kick(FIRST);
    await kick(THIRD);
    await waitOutLag();
    expect(await kick(FIRST)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
  });

  test("before it was ever seen is not taken for a new one while KV may lag", async () => {
    await writePolicy(engine, "p", THIRD, "anna");
    expect(await kick(SECOND)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
    await waitOutLag();
    expect(await kick(SECOND)).toMatchObject({ started: ["p"] });
    expect((await versions()).map(({ via }) => via)).toEqual(["kv", "api"]);
  });

  test("and that KV showed at the write is remembered as superseded", async () => {
    await writePolicy(engine, "p", THIRD, "anna", SECOND);
    await waitOutLag();
    expect(await kick(SECOND)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
  });

  test("runs again under a new number once it is written through the API", async () => {
    await kick(SECOND);
    await writePolicy(engine, "p", THIRD, "anna", SECOND);
    await writePolicy(engine, "p", SECOND, "anna", THIRD);
    expect(await kick(SECOND)).toMatchObject({ started: ["p"] });
    expect((await versions()).map(({ no }) => no)).toEqual([3, 2, 1]);
    await engine.settled();
    expect(await idsIn("client_sessions")).toEqual([]);
  });

  test("by its removal does not run, until it is written again", async () => {
    await kick(FIRST);
    await writePolicy(engine, "p", null, "anna", FIRST);
    await waitOutLag();
    expect(await kick(FIRST)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
    await writePolicy(engine, "p", SECOND, "anna", FIRST);
    expect(await kick(SECOND)).toMatchObject({ started: ["p"] });
  });

  test("goes on being the one that counts where KV shows nothing for a while", async () => {
    await writePolicy(engine, "p", SECOND, "anna");
    expect(await kick(null)).toMatchObject({ started: [] });
    expect(await kick(SECOND)).toMatchObject({ started: ["p"] });
  });

  test("by its removal from KV is not run again while KV may show it by its lag", async () => {
    await kick(FIRST);
    await engine.settled();
    await addClientSessions([{ id: "late" }]);
    await kick(null);
    expect(await kick(FIRST)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
    expect(await registrar.startSweep(FIRST, "anna", null)).toEqual({ kind: "kv_stale" });
    expect(await idsIn("client_sessions")).toEqual(["late"]);
    expect(await problems()).toEqual([expect.stringMatching(COMES_BACK)]);
    expect(await versions()).toHaveLength(1);
  });

  test("by its removal from KV is not run again however long KV goes on showing it", async () => {
    await kick(FIRST);
    await kick(null);
    await waitOutLag();
    await kick(null);
    expect(await versions()).toMatchObject([
      { no: 2, digest: null, document: null, via: "kv" },
      {},
    ]);
    await waitOutLag();
    expect(await kick(FIRST)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
    expect(await problems()).toEqual([
      "p: KV shows a document that version 2 superseded, so nothing runs: PUT the one that you want, or DELETE the policy",
    ]);
    await writePolicy(engine, "p", FIRST, "anna", FIRST);
    expect(await kick(FIRST)).toMatchObject({ started: ["p"] });
  });

  test("by nothing, where KV showed nothing for a time, runs again once no lag explains that it is there", async () => {
    await kick(FIRST);
    await kick(null);
    await kick(FIRST);
    await waitOutLag();
    // Missing anew, and not for long: what was seen in between counts.
    await kick(null);
    expect(await versions()).toHaveLength(1);
    await waitOutLag();
    expect(await kick(FIRST)).toMatchObject({ started: ["p"] });
  });

  test("by a version that is invalid comes back when that is mended, not by the lag of KV", async () => {
    await kick(FIRST);
    await engine.settled();
    await env.POLICIES.put("policy:p", "{");
    await kickTick(Date.now(), buildDeps(env));
    expect(await kick(FIRST)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
    expect(await problems()).toEqual([expect.stringMatching(COMES_BACK)]);
    await waitOutLag();
    expect(await kick(FIRST)).toMatchObject({ started: ["p"] });
    expect(await versions()).toHaveLength(1);
  });

  test("before it was seen, by the same document written again, is not taken for a new one", async () => {
    await writePolicy(engine, "p", THIRD, "anna");
    await waitOutLag();
    await writePolicy(engine, "p", THIRD, "anna", THIRD);
    expect(await versions()).toHaveLength(1);
    expect(await kick(SECOND)).toMatchObject({ started: [], skipped: { p: "kv_stale" } });
  });
});

describe("a sweep under way", () => {
  test.for<[string, (running: PolicyVersion) => Promise<unknown>, string]>([
    [
      "another version through the API",
      async (p) => writePolicy(engine, "p", THIRD, "anna", p),
      "superseded",
    ],
    ["another version in KV", async () => kickAtOnce(THIRD), "superseded"],
    [
      "a person who starts another version",
      async () => registrar.startSweep(THIRD, "anna", null),
      "superseded",
    ],
    [
      "a version that is off",
      async (p) => writePolicy(engine, "p", versionOf({ mode: "off" }), "anna", p),
      "stopped",
    ],
    [
      "its removal through the API",
      async (p) => writePolicy(engine, "p", null, "anna", p),
      "stopped",
    ],
    ["its removal from KV", async () => kickAtOnce(null), "stopped"],
  ])("ends by %s", async ([, change, status]) => {
    await engine.useStore(broken);
    await kick(SECOND);
    const { data } = await registrar.sweeps({ limit: 1, cursor: null }, { policy: "p" });
    await change(SECOND);
    await expect
      .poll(async () => registrar.sweep(data[0]?.id ?? ""), { timeout: 15_000 })
      .toMatchObject({ policy_digest: SECOND.digest, status, dispositions: {} });
    expect(await idsIn("client_sessions")).toEqual(["a", "b", "c"]);
  });
});

describe("what a reader of policies is shown", () => {
  const present = async (shown: PolicyVersion | null) =>
    (await registrar.versionsToShow([{ id: "p", digest: shown?.digest ?? null }]))[0];

  test("is the newest version, where KV shows one that it superseded or none yet", async () => {
    expect(await present(FIRST)).toEqual({ kind: "as_shown" });
    await kick(FIRST);
    await writePolicy(engine, "p", THIRD, "anna", FIRST);
    const newer = { kind: "newer", version: THIRD };
    for (const shown of [FIRST, SECOND, null]) {
      expect(await present(shown)).toEqual(newer);
    }
    expect(await present(THIRD)).toEqual({ kind: "as_shown" });
    await waitOutLag();
    expect(await present(FIRST)).toEqual(newer);
  });

  test("is none, where it was removed and KV still shows it", async () => {
    await kick(FIRST);
    await writePolicy(engine, "p", null, "anna", FIRST);
    expect(await present(FIRST)).toEqual({ kind: "gone" });
    expect(await present(null)).toEqual({ kind: "gone" });
  });

  test("is what KV shows, where that was written there later, and is no version by being read", async () => {
    await writePolicy(engine, "p", THIRD, "anna");
    await waitOutLag();
    expect(await present(SECOND)).toEqual({ kind: "as_shown" });
    expect(await present(null)).toEqual({ kind: "as_shown" });
    expect(await versions()).toHaveLength(1);
  });
});
