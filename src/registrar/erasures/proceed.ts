import { hasGrown, type ErasurePart } from "../../core/rule/erasure.ts";
import type { Records } from "../records.ts";
import { removes, type RemovingErasure } from "../tables/erasures.ts";

/** Lets the parts remove what they wait with: approved, whatever they find, or else as many as were judged. */
export function letGo(
  records: Records,
  { head: { id }, state }: RemovingErasure,
  parts: readonly ErasurePart[],
): Record<string, number> {
  const allowed: Record<string, number> = {};
  for (const part of parts.filter((one) => hasGrown(one, state))) {
    const { source, report } = part;
    const limit = state.approved ? {} : { found: report.found };
    allowed[source] = report.found;
    records.commands.put(source, { do: "proceed", id, ...limit });
  }
  return allowed;
}

/**
 * Tells sources again what they have been told: one that was restored to a time before that has forgotten it, and
 * would wait for ever. Whoever has not may remove no more by it than it was let remove before.
 */
export function tellAgain(records: Records): void {
  const isOnItsWay = records.commands.onTheirWay();
  for (const { source, id, status, told } of records.erasures.openParts()) {
    if (told === null || isOnItsWay(source, id)) {
      continue;
    }
    if (told === "stop") {
      records.commands.stop(source, id, "cancelled");
    } else if (status === "planned") {
      goAgain(records, id, source);
    }
  }
}

/** No more than it was let remove before: what it has found since is judged first. */
function goAgain({ erasures, commands }: Records, id: string, source: string): void {
  const stored = erasures.get(id);
  const part = erasures.parts(id).find((one) => one.source === source);
  const found = stored?.state.allowed?.[source];
  if (
    stored !== null &&
    removes(stored) &&
    part !== undefined &&
    found !== undefined &&
    !hasGrown(part, stored.state)
  ) {
    commands.put(source, { do: "proceed", id, found });
  }
}
