import type { Records } from "../records.ts";
import type { VersionToShow, ShownVersion, ShownDigest } from "../../contract/registrar.ts";
import { noteActivity } from "../signals/activity.ts";
import type { StoredVersion } from "../tables/policy_versions.ts";

/** How long KV is allowed to show an older version: "60 seconds or more" by its documentation. */
const KV_LAG_MS = 5 * 60_000;

/** What of a policy counts, given what KV shows of it. */
export type CurrentVersion =
  | { readonly kind: "current"; readonly version: StoredVersion }
  /** KV shows another version than the newest, or none: what it shows never runs. */
  | {
      readonly kind: "stale";
      readonly version: StoredVersion;
      /** `lag`: KV may be behind; `back`: the newest came back after KV had shown nothing valid. */
      readonly why: "lag" | "superseded" | "back";
    }
  /** There is none, or it is invalid. */
  | { readonly kind: "gone" };

/**
 * Finds what counts of a policy. What KV shows and was never seen is a new version, unless the
 * API has written within the lag of KV: then it may be one that was superseded before it was seen.
 */
export function currentVersionOf(
  records: Records,
  id: string,
  shown: ShownVersion,
  now: number,
): CurrentVersion {
  const newest = records.versions.newest(id);
  const isLag = newest !== null && mayLag(newest, now);
  if (shown === null || shown === "invalid") {
    if (isLag) {
      return { kind: "stale", version: newest, why: "lag" };
    }
    noteMissing(records, id, newest, shown, now);
    return { kind: "gone" };
  }
  const isNewest = newest?.digest === shown.digest;
  if (isNewest && newest.missing_since !== null) {
    // If it comes to be missing again, that is counted anew.
    records.versions.save({ ...newest, missing_since: null });
  }
  if (newest !== null && isSuperseded(records, id, shown.digest, now)) {
    const why = isLag ? "lag" : "superseded";
    return { kind: "stale", version: newest, why: isNewest ? "back" : why };
  }
  if (isNewest) {
    return { kind: "current", version: newest };
  }
  noteActivity(records, "policy.written", id, null, "kv");
  return { kind: "current", version: records.versions.add(id, shown, null, now) };
}

/**
 * Whether a version does not count any more: it is older than the newest, or KV may be lagging. So may it be where
 * the newest comes back after KV has shown that it is gone: whether it was written again shows when no lag explains it.
 */
export function isSuperseded(
  { versions }: Pick<Records, "versions">,
  id: string,
  digest: string,
  now: number,
): boolean {
  const newest = versions.newest(id);
  if (newest === null) {
    return false;
  }
  return newest.digest === digest
    ? newest.missing_at !== null && isWithinLag(newest.missing_at, now)
    : mayLag(newest, now) || versions.documentOf(id, digest) !== null;
}

/** What a reader is shown of a policy: what counts, and not what KV shows by its lag. It notes nothing. */
export function versionToShow(
  tables: Pick<Records, "versions">,
  { id, digest }: ShownDigest,
  now: number,
): VersionToShow {
  const newest = tables.versions.newest(id);
  const isStale =
    digest === null
      ? newest !== null && mayLag(newest, now)
      : newest?.digest !== digest && isSuperseded(tables, id, digest, now);
  if (newest === null || !isStale) {
    return { kind: "as_shown" };
  }
  const { digest: counting, document } = newest;
  return counting === null || document === null
    ? { kind: "gone" }
    : { kind: "newer", version: { id, digest: counting, policy: document } };
}

/** Whether KV may still show what was there before a version. */
function mayLag({ via, written_at: writtenAt }: StoredVersion, now: number): boolean {
  return via === "api" && isWithinLag(writtenAt, now);
}

/** From when a version counts again that came back after KV had shown nothing valid. */
export function countsFrom({ missing_at: missingAt }: StoredVersion): number {
  return (missingAt ?? 0) + KV_LAG_MS;
}

/** A time that is far ahead was written by a clock that has come back. */
function isWithinLag(at: number, now: number): boolean {
  return Math.abs(now - at) < KV_LAG_MS;
}

/**
 * Notes that KV does not show the newest version. Nothing for longer than its lag: the policy was removed there, and
 * what KV shows of it later is superseded. Another configuration, too, makes a version invalid: that is no removal.
 */
function noteMissing(
  records: Records,
  id: string,
  newest: StoredVersion | null,
  shown: null | "invalid",
  now: number,
): void {
  if (newest === null || newest.digest === null) {
    return;
  }
  const since = shown === null ? Math.min(newest.missing_since ?? now, now) : null;
  if (since !== null && now - since >= KV_LAG_MS) {
    records.versions.add(id, null, null, now);
    noteActivity(records, "policy.deleted", id, null, "kv");
  } else {
    records.versions.save({ ...newest, missing_since: since, missing_at: now });
  }
}
