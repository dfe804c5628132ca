import type { ActivityCode, ActivityKind } from "../../core/report/activity.ts";
import { createId } from "../../core/values/id.ts";
import type { Records } from "../records.ts";
import type { Actor } from "../../contract/registrar.ts";

/** Notes who did something to what, in the turn in which it is done; an actor of null: it came by itself. */
export function noteActivity(
  { activity, runtime }: Pick<Records, "activity" | "runtime">,
  kind: ActivityKind,
  object: string,
  actor: Actor | null,
  code: ActivityCode | null = null,
): void {
  const at = runtime.now();
  activity.add({ id: createId("act", at, runtime.randomBytes), at, actor, kind, object, code });
}
