import { ENDED_SWEEPS, WAITING_SWEEPS } from "../../src/core/report/sweep.ts";
import { figure } from "../../src/core/values/words.ts";
import { read, Sweep } from "./answers.ts";
import type { Desk } from "./desk.ts";
import { bar } from "./layout.ts";
import { endsOf } from "./words.ts";

/** Until a sweep is looked at again for the first time. */
export const FIRST_MS = 300;
const SLOWEST_MS = 5000;

/** How long to wait after a wait. */
export function slower(pause: number): number {
  return Math.min(pause * 1.5, SLOWEST_MS);
}

/**
 * Reads a sweep or a preview until it has ended, or waits for a person. In a pipe each change is one JSON line.
 * `tell` is told its source at each look.
 */
export async function followSweep(
  started: Sweep,
  get: (path: string) => Promise<unknown>,
  { world, output }: Desk,
  tell: (sources: readonly string[]) => Promise<void>,
): Promise<Sweep> {
  const began = world.now();
  let sweep = started;
  let recorded = JSON.stringify(started);
  output.record(started);
  for (let pause = FIRST_MS; !isOver(sweep); pause = slower(pause)) {
    output.live(progressOf(sweep, world.now() - began));
    await world.sleep(pause);
    sweep = read(Sweep, await get(`/v1/sweeps/${sweep.id}`), "sweep");
    await tell([sweep.source]);
    const text = JSON.stringify(sweep);
    if (text !== recorded) {
      output.record(sweep);
      recorded = text;
    }
  }
  output.settle();
  return sweep;
}

function isOver({ status }: Sweep): boolean {
  return ENDED_SWEEPS.has(status) || WAITING_SWEEPS.has(status);
}

function progressOf({ status, counts, dispositions }: Sweep, elapsedMs: number): string {
  return counts.planned > 0 && (status === "removing" || status === "verifying")
    ? bar({ done: endsOf(dispositions), of: counts.planned, verb: status }, elapsedMs)
    : `${status}  ${figure(counts.examined)} examined`;
}
