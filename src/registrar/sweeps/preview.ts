import type { Records } from "../records.ts";
import type {
  Actor,
  IdempotencyKey,
  PreviewAnswer,
  PreviewRequest,
} from "../../contract/registrar.ts";
import { replayedSweep, openSweep } from "./open.ts";
import { isSuperseded } from "../policies/current.ts";

/** Previews under way at once: each reads a whole selection. */
const MOST_AT_ONCE = 20;

/**
 * Starts a preview: a sweep of its own, which no tick joins and no change of version stops. The stored version
 * is not taken from a KV that still shows an older one.
 */
export function startPreview(
  records: Records,
  { policy, other: given, stored_digest: stored }: PreviewRequest,
  actor: Actor,
  idempotency: IdempotencyKey | null,
): PreviewAnswer {
  const now = records.runtime.now();
  const known = replayedSweep(records, idempotency, now);
  if (known !== null) {
    return known;
  }
  if (stored !== null && isSuperseded(records, policy.id, stored, now)) {
    return { kind: "kv_stale" };
  }
  if (records.sweeps.previewsUnderWay() >= MOST_AT_ONCE) {
    return { kind: "too_many_previews" };
  }
  // What goes with others is known of a whole plan alone: of two versions there is one.
  const takesAlong = policy.policy.children ?? given?.children;
  const other = takesAlong === "together" ? undefined : (given ?? undefined);
  const sweep = openSweep(
    records,
    { policy, trigger: "preview", tick: null, started_by: actor, other },
    now,
  );
  records.idempotency.keep(idempotency, sweep.id, now);
  return { kind: "started", sweep };
}
