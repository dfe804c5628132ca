import * as z from "zod";
import { formatTimestamp } from "../values/timestamp.ts";
import { named } from "../values/doc.ts";

/** Who did something, and when. */
export const Who = z
  .strictObject({ name: z.string(), at: z.iso.datetime() })
  .meta(named("Who", "The name of the key, or `webhook:<hook>`, and the time"));
export type Who = Readonly<z.infer<typeof Who>>;

/** Somebody who does something now; `now` in epoch milliseconds. */
export function whoAt(name: string, now: number): Who {
  return { name, at: formatTimestamp(now) };
}
