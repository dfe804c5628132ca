import type { PolicyWritten, PolicyWrite, Actor, ShownVersion } from "../../contract/registrar.ts";
import { holds, type Current } from "../../core/policy/precondition.ts";
import type { Records } from "../records.ts";
import { type Reach, beyondReach } from "../../core/values/reach.ts";
import { noteActivity } from "../signals/activity.ts";
import { currentVersionOf, type CurrentVersion } from "./current.ts";

/** The policy as conditions of a write see it. */
function asConditionsSee(before: CurrentVersion, shown: ShownVersion): Current {
  if (before.kind === "gone") {
    return { exists: shown !== null, digest: null };
  }
  const { digest } = before.version;
  return { exists: digest !== null, digest };
}

/**
 * Takes a write through the API: the condition and the new version are one decision, so that of two
 * writers at once the second is told.
 */
export function writePolicy(
  records: Records,
  { id, version, shown, condition, reach }: PolicyWrite,
  actor: Actor,
): PolicyWritten {
  const now = records.runtime.now();
  const before = currentVersionOf(records, id, shown, now);
  const current = asConditionsSee(before, shown);
  const beyond = beyondWriter(records, reach, before, shown);
  if (beyond !== null) {
    return { kind: "out_of_reach", beyond };
  }
  if (version === null && !current.exists) {
    return { kind: "not_found" };
  }
  if (!holds(condition, current)) {
    return { kind: "precondition_failed" };
  }
  const newest = records.versions.newest(id);
  const isSame =
    newest !== null && newest.digest === (version?.digest ?? null) && newest.writer === actor;
  if (isSame) {
    records.versions.save({ ...newest, written_at: now, missing_since: null, missing_at: null });
  } else {
    records.versions.add(id, version, actor, now);
    noteActivity(records, version === null ? "policy.deleted" : "policy.written", id, actor);
  }
  return { kind: "written", created: !current.exists };
}

/** What of the policy that is there, and of what KV shows of it, the key of a writer does not reach. */
function beyondWriter(
  { config }: Records,
  reach: Reach,
  before: CurrentVersion,
  shown: ShownVersion,
): string | null {
  if (reach === null) {
    return null;
  }
  if (shown === "invalid") {
    return "what an invalid document selects";
  }
  const counts = before.kind === "gone" ? null : before.version.document;
  for (const document of [counts, shown?.policy ?? null]) {
    if (document !== null) {
      const { source: name, match } = document;
      const source = { name, is_embedded: config.sources.get(name)?.endpoint === null };
      const beyond = beyondReach(reach, source, match?.scope ?? null);
      if (beyond !== null) {
        return beyond;
      }
    }
  }
  return null;
}
