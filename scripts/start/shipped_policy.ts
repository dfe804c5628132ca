import type { Policy } from "../../src/core/policy/policy.ts";
import type { Memory } from "./state.ts";

/** Where a policy's source points at this time. */
export interface Target {
  /** Tells this target from any other: endpoint and account. */
  readonly id: string;
  /** In words: "the embedded store", or the endpoint. */
  readonly label: string;
  /** Nothing real is behind it: the embedded store, or a loopback endpoint. */
  readonly is_local: boolean;
}

/** A policy as the Worker has it. */
export interface StoredPolicy {
  readonly policy: Policy;
  readonly digest: string;
}

export interface ShippedPolicy {
  readonly policy: Policy;
  /** The digest of this document when it enforces, and when it observes. */
  readonly digests: { readonly enforce: string; readonly observe: string };
}

/** What a start does about one shipped policy, and what it remembers of it. */
export interface Decision {
  /** To be written; null: leave it as it is. */
  readonly write: Policy | null;
  readonly memory: Memory["policies"][string];
  readonly reason: "loaded" | "unchanged" | "yours" | "deleted" | "back_to_observe";
}

/**
 * What to do about a shipped policy at a start. It enforces by itself only where nothing real is behind
 * its source. A document that a person has changed stays as it is, and so does a deletion; but one that
 * enforces goes back to `observe` when its source is now another one than when it was last seen.
 */
export function decideShipped(
  shipped: ShippedPolicy,
  stored: StoredPolicy | null,
  remembered: Memory["policies"][string] | null,
  target: Target,
): Decision {
  const mode = target.is_local ? "enforce" : "observe";
  const digest = shipped.digests[mode];
  if (stored === null) {
    return remembered === null
      ? load(shipped, mode, target)
      : { write: null, memory: { ...remembered, target: target.id }, reason: "deleted" };
  }
  if (remembered !== null && stored.digest === remembered.digest) {
    return stored.digest === digest
      ? { write: null, memory: { digest, target: target.id }, reason: "unchanged" }
      : load(shipped, mode, target);
  }
  const memory = { digest: remembered?.digest ?? null, target: target.id };
  // Without a memory of it, nobody can be said to have enforced it here.
  const isElsewhere = remembered?.target !== target.id;
  if (!target.is_local && stored.policy.mode === "enforce" && isElsewhere) {
    return { write: { ...stored.policy, mode: "observe" }, memory, reason: "back_to_observe" };
  }
  return { write: null, memory, reason: "yours" };
}

function load(
  { policy, digests }: ShippedPolicy,
  mode: "enforce" | "observe",
  target: Target,
): Decision {
  return {
    write: { ...policy, mode },
    memory: { digest: digests[mode], target: target.id },
    reason: "loaded",
  };
}
