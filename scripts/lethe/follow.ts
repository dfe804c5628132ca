import type { Desk } from "./desk.ts";

const FIRST_MS = 300;
const SLOWEST_MS = 5000;

/** How a job is followed until it is over. */
export interface Following<T> {
  /** Reads it again. */
  read(before: T): Promise<T>;
  /** It has ended, or goes no further without a person. */
  isOver(report: T): boolean;
  /** The live line of a terminal. */
  show(report: T, elapsedMs: number): string;
}

/** Reads a job until it is over. In a pipe each change is one JSON line. */
export async function follow<T>(
  first: T,
  { read, isOver, show }: Following<T>,
  { world, output }: Desk,
): Promise<T> {
  const began = world.now();
  let report = first;
  let told = JSON.stringify(first);
  output.record(first);
  for (let pause = FIRST_MS; !isOver(report); pause = Math.min(pause * 1.5, SLOWEST_MS)) {
    output.live(show(report, world.now() - began));
    await world.sleep(pause);
    report = await read(report);
    const text = JSON.stringify(report);
    if (text !== told) {
      output.record(report);
      told = text;
    }
  }
  output.settle();
  return report;
}
