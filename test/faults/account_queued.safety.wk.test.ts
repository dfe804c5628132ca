import { applyD1Migrations, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, expect, inject, test } from "vitest";
import { openEngine } from "../support/engine.ts";
import { startFake } from "../support/fake_client.ts";
import { FAKE_KEY, FAKE_WORKSPACE } from "../support/seam_open.ts";

// An order was accepted for one account, and before it began another took its place: so it looks when
// a first try on real credentials follows a stop in the wrong time.

const seam = await startFake("seam");
const engine = await openEngine();

const DUE = {
  client_session_id: "00000000-0000-4000-8000-000000000001",
  workspace_id: FAKE_WORKSPACE,
  user_identifier_key: "jane_doe",
  created_at: "2025-06-15T16:54:17.946Z",
  expires_at: "2025-06-19T15:22:40.000Z",
};

beforeAll(async () => {
  await applyD1Migrations(env.STORE, inject("migrations"));
});

beforeEach(async () => {
  await seam.reset();
  await seam.seed({ sessions: [DUE] });
  await engine.configure({ SEAM_API_KEY: FAKE_KEY, SEAM_ENDPOINT: seam.url });
  // The Registrar accepts what follows as it did before the change: for the embedded store.
  await runInDurableObject(engine.registrar, (instance) => {
    Object.assign(instance, { env });
  });
});

async function removals(): Promise<number> {
  return (await seam.calls({ path: "/client_sessions/delete" })).length;
}

test("a sweep that was queued for another account removes nothing", async () => {
  await engine.putPolicy("expired", {
    source: "client_sessions",
    expire: [{ clock: "expires_at", after: "PT15M" }],
    mode: "enforce",
  });
  const [sweep] = await engine.sweep();
  expect(sweep).toMatchObject({ status: "failed", error: { code: "account_changed" } });
  expect(await removals()).toBe(0);
});

test("an erasure that was queued for another account removes nothing there", async () => {
  const report = await engine.erase([{ type: "user_identifier_key", value: "jane_doe" }]);
  expect(report.sources["client_sessions"]).toMatchObject({
    status: "failed",
    error: { code: "account_changed" },
  });
  expect(report.status).not.toBe("completed");
  expect(await removals()).toBe(0);
});
