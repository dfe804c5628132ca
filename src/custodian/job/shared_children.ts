import type { Fault } from "../../sources/fault.ts";
import { type Result, ok } from "../../core/values/result.ts";
import type { Work } from "./work.ts";

async function sharesChildren(
  work: Pick<Work, "source" | "meter" | "shared_children">,
  scope: string,
) {
  if (work.shared_children || work.source.sharesChildren === undefined) {
    return { ok: true, value: true } as const;
  }
  const turn = await work.meter.reserve();
  return turn.ok ? work.source.sharesChildren(scope, turn.value) : turn;
}

/** Which agents may serve several people with one session of a sub-agent; unknown counts as yes. */
export async function whoShares(
  work: Pick<Work, "source" | "meter" | "shared_children">,
  children: readonly { readonly parent_scope: string }[],
): Promise<Result<ReadonlySet<string>, Fault>> {
  const sharing = new Set<string>();
  for (const scope of new Set(children.map(({ parent_scope }) => parent_scope))) {
    const shares = await sharesChildren(work, scope);
    if (!shares.ok) {
      return shares;
    }
    if (shares.value) {
      sharing.add(scope);
    }
  }
  return ok(sharing);
}

/** Agents asked about in one step, each by a call of its own: a slice of the slowest source has room for them. */
export const AGENTS_PER_STEP = 4;
