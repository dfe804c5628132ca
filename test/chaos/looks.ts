import type { Dice } from "./dice.ts";
import type { Run } from "./run.ts";
import type { KeyName } from "./world.ts";

/** In some runs people look first: a kept seed of the others goes its way. */
export class Looks {
  readonly #dice: Dice;
  readonly #isLooking: boolean;

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#isLooking = dice.chance(0.15);
  }

  /** Asks what an erasure would remove. The judge takes it for nobody's reason to remove anything. */
  async first({ world, log, judge }: Run, json: object, key: KeyName): Promise<void> {
    if (!this.#isLooking || !this.#dice.chance(0.5)) {
      return;
    }
    const { status, body } = await world.ask("POST", "/v1/erasures", key, {
      ...json,
      dry_run: true,
    });
    const id = String(body["id"]);
    log.push(`look first ${JSON.stringify(json)} by ${key}: ${status} ${id}`);
    if (status === 202) {
      judge.looked.set(id, "open");
      await world.pump(this.#dice.below(8));
    }
  }
}

/** Another person tries to approve what last looked. */
export async function approveLooked(run: Run): Promise<void> {
  for (const id of [...run.judge.looked.keys()].slice(-1)) {
    const { plan_digest: digest } = await run.erasure(id);
    const path = `/v1/erasures/${id}/approve`;
    const { status } = await run.world.ask("POST", path, "boss", { plan_digest: digest ?? "x" });
    if (status !== 409) {
      run.judge.wrongs.push(`${id} only looks, and its approval came to ${status}`);
    }
  }
}
