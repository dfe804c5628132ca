import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { HoldReport } from "../../../src/core/report/hold.ts";
import type { IdempotencyKey } from "../../../src/contract/registrar.ts";
import { emptyStore } from "../../support/d1.ts";
import { addClientSessions, openWorld } from "../../support/sweep_world.ts";
import { placeHold } from "../../support/hold_request.ts";

const engine = await openWorld();

beforeEach(emptyStore);

async function place(source: string, idempotency: IdempotencyKey | null): Promise<HoldReport> {
  return placeHold(engine, { kind: "session", source, scope: "w1", id: "a" }, {}, idempotency);
}

/** Custodians that do not answer for a held session's own expiry. */
const SILENT = {
  getByName: (name: string) =>
    new Proxy(env.CUSTODIAN.getByName(name), {
      get: (stub, method) =>
        method === "ownExpiry"
          ? async () => Promise.reject(new Error("out of reach"))
          : (...asked: unknown[]): unknown =>
              (stub as unknown as Record<string, (...args: unknown[]) => unknown>)[
                String(method)
              ]?.(...asked),
    }),
};

describe("the same request again", () => {
  test("is the same hold, and learns what the first could not of the session's own expiry", async () => {
    await addClientSessions([{ id: "a" }]);
    await engine.configure({ CUSTODIAN: SILENT } as unknown as Record<string, string>);
    const idempotency = { owner: "root", key: "k1", body_hash: "h1" };
    const first = await place("client_sessions", idempotency);
    expect(first.warnings).toMatchObject([{ code: "own_expiry_unknown" }]);
    await engine.configure({});
    const again = await place("client_sessions", idempotency);
    expect(again).toEqual({ ...first, warnings: [] });
    await engine.registrar.releaseHold(first.id, "root");
    expect(await place("client_sessions", idempotency)).toMatchObject({
      id: first.id,
      status: "released",
    });
  });
});

describe("a hold that names a source", () => {
  test("says that it binds nothing when the source is configured no more", async () => {
    await engine.configure({
      SOURCES: JSON.stringify({
        second: { provider: "seam", endpoint: "http://127.0.0.1:9", secret: "SECOND_KEY" },
      }),
      SECOND_KEY: "seam_key_1",
    });
    await place("client_sessions", null);
    const hold = await place("second", null);
    const codes = async (): Promise<string[]> =>
      ((await engine.registrar.hold(hold.id))?.warnings ?? []).map(({ code }) => code);
    expect(await codes()).not.toContain("source_missing");
    await engine.configure({});
    expect(await codes()).toContain("source_missing");
    await engine.registrar.releaseHold(hold.id, "root");
    expect(await codes()).not.toContain("source_missing");
  });
});
