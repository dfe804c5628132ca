import { expect } from "vitest";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import { startFake } from "./fake_client.ts";
import { begin, newIds, outcomeOf, seamSession } from "./sweep_upstream.ts";
import { openWorld } from "./sweep_world.ts";

export const POLICY = {
  source: "client_sessions",
  expire: [{ clock: "expires_at", after: "PT0S" }],
};
export const DELETE = "/client_sessions/delete";
export const LIST = "/client_sessions/list";

/** An engine and the fake of Seam that its sweeps remove from. */
export async function openSeamSweeps() {
  const fake = await startFake("seam");
  const engine = await openWorld();

  async function seed(count: number): Promise<string[]> {
    const ids = newIds(count);
    // Two that are not due, which no fault may make anybody remove.
    const live = newIds(2);
    await fake.seed({
      sessions: [
        ...ids.map((id, index) => seamSession(id, 60 + count - index)),
        ...live.map((id) => seamSession(id, -60)),
      ],
    });
    return ids;
  }

  async function sweep(policy: object = {}): Promise<SweepReport> {
    return outcomeOf(engine, await begin(engine, { ...POLICY, ...policy }));
  }

  /** Which of these the fake has no more; and that both live ones are there. */
  async function goneOf(ids: readonly string[]): Promise<string[]> {
    const gone: string[] = [];
    for (const id of ids) {
      if ((await fake.state({ id }))["session"] === null) {
        gone.push(id);
      }
    }
    expect(await fake.state()).toMatchObject({ sessions: ids.length - gone.length + 2 });
    return gone;
  }

  return { fake, engine, seed, sweep, goneOf };
}
