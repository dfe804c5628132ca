import type { StoredPolicy } from "./policy_store.ts";

interface Condition {
  readonly "if-match"?: string | undefined;
  readonly "if-none-match"?: "*" | undefined;
}

/**
 * Whether the conditions of a write hold for what is stored (RFC 9110 §13, strong comparison). A stored
 * policy that is invalid has no ETag, so only `*` matches it.
 */
export function holds(condition: Condition, stored: StoredPolicy | null): boolean {
  if (condition["if-none-match"] === "*" && stored !== null) {
    return false;
  }
  const wanted = condition["if-match"];
  if (wanted === undefined) {
    return true;
  }
  if (stored === null) {
    return false;
  }
  const etag = stored.ok ? `"${stored.value.digest}"` : null;
  return wanted.split(",").some((one) => one.trim() === "*" || one.trim() === etag);
}
