import { fraction } from "./random.ts";

/** How a provider's lists lie about a store that is sound. All can be on at once. */
export interface ListFaults {
  /** Each row is shown so many times. */
  repeat?: number;
  /** Every n-th row is left out, another one at each call. */
  skip_every?: number;
  /** The rows come in another order at each call. */
  shuffle?: boolean;
  /** After its last row a list begins anew, and never ends. */
  endless?: boolean;
  /** Filters are taken and do nothing: everybody's rows come. */
  ignore_filters?: boolean;
}

/** The rows as one call is shown them; `call` makes each call's lie another one. */
export function distort<T>(rows: readonly T[], faults: ListFaults, call: number): T[] {
  const { repeat = 1, skip_every: every = 0, shuffle = false } = faults;
  const shown = rows
    .filter((_, index) => every === 0 || (index + call) % every !== 0)
    .flatMap((row) => Array.from({ length: repeat }, () => row));
  if (!shuffle) {
    return shown;
  }
  return shown
    .map((row, index) => ({ row, place: fraction(call, index, 3) }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ row }) => row);
}
