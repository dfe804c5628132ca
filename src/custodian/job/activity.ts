import type { SessionRef } from "../../core/session/session.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../../sources/fault.ts";
import type { Activity, Turn } from "../../sources/source.ts";
import type { Work } from "./work.ts";

/** Reads whether a session was active after a time. Where its source does not tell, nobody can say: it stays. */
export async function readActivity(
  { source }: Pick<Work, "source">,
  ref: SessionRef,
  since: number,
  cursor: string | null,
  turn: Turn,
): Promise<Result<Activity, Fault>> {
  return source.readActivity === undefined
    ? ok({ kind: "unreadable" })
    : source.readActivity(ref, since, cursor, turn);
}
