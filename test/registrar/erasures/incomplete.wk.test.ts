import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Identifier } from "../../../src/core/session/subject.ts";
import {
  arrived,
  beginAnew,
  engine,
  registrar,
  tried,
  VARS,
} from "../../support/callback_world.ts";
import { by, embeddedWorld, JANE } from "../../support/erasure_world.ts";

const world = embeddedWorld();
const lines = vi.spyOn(console, "warn");

beforeEach(async () => {
  await beginAnew();
  await world.open(engine, { vars: VARS });
  await world.clients({ name: "jane", user_identifier_key: "jane_doe" });
  lines.mockClear();
});

function logged(): unknown[] {
  return lines.mock.calls
    .map(([line]) => JSON.parse(String(line)) as { event: string })
    .filter(({ event }) => event === "erasure.incomplete");
}

async function told(): Promise<unknown[]> {
  await tried();
  return (await arrived())
    .map(({ body }) => JSON.parse(body) as { type: string; data: unknown })
    .filter(({ type }) => type === "erasure.incomplete")
    .map(({ data }) => data);
}

/** Asks, and answers the id of the erasure once it has ended. */
async function ended(identifiers: readonly Identifier[], status: string): Promise<string> {
  const report = await engine.erase(identifiers);
  expect(report.status).toBe(status);
  return report.id;
}

describe("an erasure that ends other than completed is told, without whom it is about", () => {
  test("nobody was found", async () => {
    const id = await ended([by("user_identifier_key", "a stranger")], "no_match");
    expect(await told()).toEqual([
      {
        id,
        status: "no_match",
        ended: true,
        reason: null,
        sources: {
          agent_sessions: { status: "no_match", reason: null },
          client_sessions: { status: "no_match", reason: null },
        },
        counts: { found: 0 },
        dispositions: {},
      },
    ]);
    expect(logged()).toEqual([
      {
        event: "erasure.incomplete",
        level: "warn",
        erasure: id,
        status: "no_match",
        ended: true,
        reason: null,
      },
    ]);
  });

  test("no source can search by what it was given", async () => {
    const id = await ended([by("metadata:crm.id", "jane_doe")], "partial");
    expect(await told()).toMatchObject([
      { id, status: "partial", sources: { client_sessions: { status: "not_searched" } } },
    ]);
    expect(logged()).toHaveLength(1);
  });

  test("it was cancelled", async () => {
    await engine.configure({ ...VARS, ERASURE_MAX_SESSIONS: "1" });
    await world.clients({ name: "jane2", user_identifier_key: "jane_doe" });
    const id = await ended([JANE], "needs_approval");
    await registrar.cancelErasure(id, "test");
    await vi.waitUntil(async () => (await registrar.erasure(id))?.status === "cancelled", {
      timeout: 10_000,
    });
    expect(await told()).toMatchObject([{ id, status: "cancelled", counts: { found: 2 } }]);
  });

  test("its source cannot be used", async () => {
    await engine.configure({ ...VARS, LETHE_SECRET: "" });
    const id = await ended([JANE], "failed");
    expect(await told()).toMatchObject([{ id, status: "failed", reason: expect.any(String) }]);
  });

  test("and not one that completed", async () => {
    await ended([JANE], "completed");
    await ended([by("user_identifier_key", "a stranger")], "no_match");
    expect(await told()).toMatchObject([{ status: "no_match" }]);
    expect(logged()).toHaveLength(1);
  });
});
