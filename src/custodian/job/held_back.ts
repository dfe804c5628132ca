import type { Held } from "../tables/held_back.ts";
import type { Job } from "../tables/jobs.ts";
import type { Work } from "./work.ts";

/** Notes sessions that a plan leaves out because of holds. A preview would have removed nothing. */
export function noteHeldBack(
  { held_back: table, runtime }: Pick<Work, "held_back" | "runtime">,
  { id, order }: Job,
  held: readonly Held[],
): void {
  if (held.length > 0 && order.preview !== true) {
    table.note(id, held, runtime.now());
  }
}
