import { describe, expect, test } from "vitest";
import { Breath } from "../../../src/custodian/engine/yield.ts";

function world() {
  const state = { now: 1000, pauses: 0 };
  const breath = new Breath({
    now: () => state.now,
    random: () => 0,
    randomBytes: () => new Uint8Array(),
    sleep: async () => {
      state.pauses += 1;
    },
  });
  return { state, breath };
}

describe("the pauses between steps", () => {
  test("come when 30 ms have gone, however few steps these were", async () => {
    const { state, breath } = world();
    state.now += 29;
    await breath.afterStep();
    expect(state.pauses).toBe(0);
    state.now += 1;
    await breath.afterStep();
    expect(state.pauses).toBe(1);
    state.now += 29;
    await breath.afterStep();
    expect(state.pauses).toBe(1);
  });

  test("come after eight steps where the clock stands still", async () => {
    const { state, breath } = world();
    for (let step = 1; step <= 24; step++) {
      await breath.afterStep();
      expect(state.pauses).toBe(Math.floor(step / 8));
    }
  });

  test("come at once when the clock was turned back", async () => {
    const { state, breath } = world();
    state.now -= 86_400_000;
    await breath.afterStep();
    expect(state.pauses).toBe(1);
  });
});
