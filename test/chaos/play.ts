import { calm } from "./calm.ts";
import { Dice } from "./dice.ts";
import { Judge } from "./judge.ts";
import { Run } from "./run.ts";
import { fill } from "./seed.ts";
import { openChaos } from "./world.ts";

/** What a run came to: nothing wrong, or what; `log` tells how it went. */
export interface Outcome {
  readonly wrongs: readonly string[];
  readonly log: readonly string[];
}

/** Plays one run, all of it decided by its seed, and judges it from outside. */
export async function playChaos(seed: number): Promise<Outcome> {
  const dice = new Dice(seed);
  const world = await openChaos(dice, seed % 3 === 0 ? "embedded" : "upstream");
  const { crowded, sharing } = await fill(world, dice);
  const run = new Run(world, dice, new Judge(world.sources, sharing), crowded);
  await run.play();
  await calm(run);
  return { wrongs: run.judge.wrongs, log: run.log };
}
