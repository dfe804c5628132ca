import { count, lasting } from "./layout.ts";

const WIDTH = 24;

/** A bar for what is done of a whole, with the time left by the pace since it began. */
export function bar(
  { done, of, verb }: { readonly done: number; readonly of: number; readonly verb: string },
  elapsedMs: number,
): string {
  const share = of === 0 ? 0 : Math.min(1, done / of);
  const full = Math.floor(share * WIDTH);
  const left = done > 0 && done < of ? `  ${lasting((elapsedMs * (of - done)) / done)} left` : "";
  return `${verb}  [${"#".repeat(full)}${".".repeat(WIDTH - full)}]  ${count(done)} of ${count(of)}${left}`;
}
