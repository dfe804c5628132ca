import { beforeEach, describe, expect, test } from "vitest";
import { idsIn, store } from "../../support/d1.ts";
import { approve, clean, ended, put, sweepOf, versionOf } from "../../support/guard_world.ts";
import { preview } from "../../support/preview_world.ts";
import { addClientSessions, openWorld, renewClient } from "../../support/sweep_world.ts";

// A digest is of what will be removed and why: it stays as long as these do, whenever it is asked for.

const engine = await openWorld();
const TEXT = { expire: [{ clock: "expires_at", after: "PT0S" }], brake: { percent: 100 } };
const POLICY = { source: "client_sessions", mode: "enforce", ...TEXT };

beforeEach(async () => {
  await clean(engine);
  await engine.configure({ APPROVAL: "every" });
  // Several of each time: their order must not depend on how they were read.
  await addClientSessions(
    Array.from({ length: 30 }, (_, n) => ({ id: `s${n}`, expired: 10 + (n % 3) })),
  );
});

async function digest(compare: object | null = null): Promise<string | null> {
  const report = await preview(engine, POLICY, compare);
  expect(report).toMatchObject({ status: "observed", counts: { planned: 30 } });
  return report.plan_digest;
}

describe("the digest of a plan", () => {
  test("is the same for two previews and the sweep after them, which its approval reaches", async () => {
    const first = await digest();
    await put(engine, versionOf(TEXT));
    const second = await digest();
    const sweep = await sweepOf(engine);
    expect(sweep).toMatchObject({ status: "needs_approval", plan_digest: first });
    expect(second).toBe(first);
    expect(await approve(engine, { ...sweep, plan_digest: first })).toMatchObject({
      status: "completed",
      dispositions: { deleted: 30 },
    });
    expect(await idsIn("client_sessions")).toEqual([]);
  });

  test("is the same where the preview is compared with another version", async () => {
    const plain = await digest();
    expect(await digest({ ...POLICY, expire: [{ clock: "expires_at", after: "PT11M" }] })).toBe(
      plain,
    );
  });

  test.each<[string, () => Promise<unknown>]>([
    ["a session was renewed", async () => renewClient("s3")],
    ["one more is due", async () => addClientSessions([{ id: "late" }])],
    [
      "a session was written and is still due",
      async () =>
        store
          .prepare(
            "UPDATE client_sessions SET version = version + 1 WHERE client_session_id = 's3'",
          )
          .run(),
    ],
    [
      "a session is due since another time",
      async () =>
        store
          .prepare(
            "UPDATE client_sessions SET expires_at = expires_at - 1 WHERE client_session_id = 's3'",
          )
          .run(),
    ],
  ])(
    "is another one when %s, and the approval of the preview reaches nothing",
    async (_, change) => {
      const before = await digest();
      await change();
      await put(engine, versionOf(TEXT));
      const sweep = await sweepOf(engine);
      expect(sweep.plan_digest).not.toBe(before);
      expect(await engine.registrar.approveSweep(sweep.id, before ?? "", "ben")).toEqual({
        kind: "wrong_digest",
      });
    },
  );

  test("is another one under another version that would remove the same", async () => {
    const before = await digest();
    await put(engine, versionOf({ ...TEXT, verify: 3 }));
    expect((await sweepOf(engine)).plan_digest).not.toBe(before);
  });

  test("does not outlive the sweep: what was planned and renewed since stays", async () => {
    const first = await digest();
    await put(engine, versionOf(TEXT));
    const sweep = await sweepOf(engine);
    await renewClient("s3");
    await engine.registrar.approveSweep(sweep.id, first ?? "", "ben");
    expect(await ended(engine, sweep.id)).toMatchObject({
      dispositions: { deleted: 29, renewed: 1 },
    });
    expect(await idsIn("client_sessions")).toEqual(["s3"]);
  });
});
