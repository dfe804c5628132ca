import type { PolicyWritten, PolicyWrite, Actor, ShownPolicy } from "../../contract/registrar.ts";
import { holds, type Current } from "../../core/policy/precondition.ts";
import type { Records } from "../records.ts";
import { type Reach, beyondReach } from "../../core/values/reach.ts";
import { standingOf, type Standing } from "./current.ts";

/** The policy as conditions of a write see it. */
function currentOf(standing: Standing, shown: ShownPolicy): Current {
  if (standing.kind === "gone") {
    return { exists: shown !== null, digest: null };
  }
  const { digest } = standing.version;
  return { exists: digest !== null, digest };
}

/**
 * Takes a write through the API: the condition and the new version are one decision, so that of two
 * writers at once the second is told.
 */
export function writePolicy(
  records: Records,
  { id, loaded, shown, condition, reach }: PolicyWrite,
  actor: Actor,
): PolicyWritten {
  const now = records.runtime.now();
  const before = standingOf(records, id, shown, now);
  const current = currentOf(before, shown);
  const beyond = beyondWriter(records, reach, before, shown);
  if (beyond !== null) {
    return { kind: "out_of_reach", beyond };
  }
  if (loaded === null && !current.exists) {
    return { kind: "not_found" };
  }
  if (!holds(condition, current)) {
    return { kind: "precondition_failed" };
  }
  const newest = records.versions.newest(id);
  const isSame =
    newest !== null && newest.digest === (loaded?.digest ?? null) && newest.writer === actor;
  if (isSame) {
    records.versions.rewritten(id, newest, now);
  } else {
    records.versions.add(id, loaded, actor, now);
  }
  return { kind: "written", created: !current.exists };
}

/** What of the policy that is there, and of what KV shows of it, the key of a writer does not reach. */
function beyondWriter(
  { config }: Records,
  reach: Reach,
  before: Standing,
  shown: ShownPolicy,
): string | null {
  if (reach === null) {
    return null;
  }
  if (shown === "invalid") {
    return "what an invalid text selects";
  }
  const counts = before.kind === "gone" ? null : before.version.document;
  for (const text of [counts, shown?.policy ?? null]) {
    if (text !== null) {
      const { source: name, match } = text;
      const source = { name, is_embedded: config.sources.get(name)?.endpoint === null };
      const beyond = beyondReach(reach, source, match?.scope ?? null);
      if (beyond !== null) {
        return beyond;
      }
    }
  }
  return null;
}
