import type { Job, Wish } from "../tables/jobs.ts";

/**
 * The word of the Registrar that lets a job remove what it has found by now; null: there is none, or it was
 * for less, and what a read-back has added waits for another.
 */
export function letGo(
  { progress }: Job,
  wish: Wish | null,
): Extract<Wish, { do: "proceed" }> | null {
  return wish?.do === "proceed" && progress.plan.found <= (wish.found ?? Infinity) ? wish : null;
}
