import { beforeEach, describe, expect, test } from "vitest";
import type { LostNews } from "../../../src/contract/custodian.ts";
import { DAY, openActivityWorld, POLICY } from "../../support/activity_world.ts";

const { engine, registrar, as, run, told, when, waiting, reset } = await openActivityWorld();
const ENDED = ["completed", "cancelled", "superseded", "stopped", "failed"];

beforeEach(reset);

describe("a sweep that ends by itself says why", () => {
  const write = async (changes: object): Promise<unknown> =>
    as("ben", "PUT", "/v1/policies/p", { ...POLICY, ...changes });
  const age = async (ms: number): Promise<void> =>
    run(
      "UPDATE sweeps SET report = json_set(report, '$.waits_since', ?)",
      new Date(Date.now() - ms).toISOString(),
    );

  test.each<[string, (id: string) => Promise<unknown>]>([
    ["policy_changed", async () => write({ note: "another" })],
    ["policy_off", async () => write({ mode: "off" })],
    ["policy_gone", async () => as("ben", "DELETE", "/v1/policies/p")],
    ["waited_too_long", async () => age(DAY).then(async () => engine.tick())],
    [
      "approval_lost",
      async (id) => {
        await run(
          `UPDATE sweeps SET report = json_set(report, '$.approved_by',
             json_array(json_object('name', 'ben', 'at', '2026-01-01T00:00:00.000Z'))) WHERE id = ?`,
          id,
        );
        await age(3 * DAY);
        await engine.tick();
      },
    ],
    [
      "floors_changed",
      async () => {
        await engine.configure({ BRAKE_PERCENT_MAX: "20" });
        await engine.tick();
      },
    ],
  ])("%s", async (reason, happen) => {
    const id = await waiting();
    await happen(id);
    const ended = await when(`/v1/sweeps/${id}`, ["cancelled", "superseded", "stopped"]);
    expect(ended).toMatchObject({ cancelled_by: null, stop_reason: reason });
    expect(await told(`&object=${id}&kind=sweep.stopped`)).toEqual([
      ["sweep.stopped", id, null, reason],
    ]);
  });

  test("restored: its Custodian does not know it", async () => {
    const id = await waiting();
    const news: LostNews = { kind: "lost", id, as: null };
    await registrar.deliver([{ source: "client_sessions", seq: Date.now() + DAY, news }]);
    expect(await registrar.sweep(id)).toMatchObject({ status: "stopped", stop_reason: "restored" });
    expect(await told(`&object=${id}&kind=sweep.stopped`)).toEqual([
      ["sweep.stopped", id, null, "restored"],
    ]);
  });

  test("but not if it came to another end before it could be stopped", async () => {
    const id = await waiting();
    await run("UPDATE sweeps SET report = json_set(report, '$.stop_reason', 'policy_off')");
    const { plan_digest } = await as("anna", "GET", `/v1/sweeps/${id}`);
    await as("ben", "POST", `/v1/sweeps/${id}/approve`, { plan_digest });
    const ended = await when(`/v1/sweeps/${id}`, ENDED);
    expect(ended).toMatchObject({ status: "completed", stop_reason: null });
    expect(await told("&kind=sweep.stopped")).toEqual([]);
  });
});
