import { sha256 } from "./hash.ts";

/** The digest of a set of plans: the same ids with the same plans, in whatever order they come. */
export function setDigest(
  erasures: readonly { readonly id: string; readonly plan_digest: string | null }[],
): string {
  const lines = erasures.map(({ id, plan_digest: digest }) => `${id}\n${digest ?? ""}`);
  return sha256(lines.toSorted().join("\n"));
}
