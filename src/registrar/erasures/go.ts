import { hasGrown, type ErasurePart } from "../../core/rule/erasure.ts";
import type { Books } from "../records.ts";
import type { StoredErasure } from "../tables/erasures.ts";

/** Lets the parts remove what they wait with: approved, whatever they find, or else as many as were judged. */
export function letGo(
  books: Books,
  { head, state }: StoredErasure,
  parts: readonly ErasurePart[],
): Record<string, number> {
  const allowed: Record<string, number> = {};
  const { id, approved_by } = head;
  for (const part of parts.filter((one) => hasGrown(one, state))) {
    const { source, report } = part;
    const limit = state.approved ? {} : { found: report.found };
    allowed[source] = report.found;
    books.commands.put(source, { do: "proceed", id, approved_by, ...limit });
  }
  return allowed;
}
