import { err, ok } from "../core/values/result.ts";
import type { RegistrarApi } from "../contract/registrar.ts";
import { readPolicies, type PolicyKv, type PolicyTargets, type StoredPolicy } from "./policies.ts";

/** A policy as it is to be shown; an entry of null: there is none. */
export interface CurrentEntry {
  readonly id: string;
  readonly entry: StoredPolicy | null;
}

const UNREAD: StoredPolicy = err([{ field: "", message: "KV did not give it: ask again" }]);

/** Whether KV did not give a policy that may be there. */
export function isUnread(entry: StoredPolicy): boolean {
  return entry === UNREAD;
}

/** Reads policies as they count: where KV still shows an older version, or none yet, the newest is told. */
export async function readCurrent(
  kv: PolicyKv,
  registrar: Pick<RegistrarApi, "versionsToShow">,
  ids: readonly string[],
  targets: PolicyTargets,
): Promise<readonly CurrentEntry[]> {
  const stored = await readPolicies(kv, ids, targets);
  const shown = ids.map((id): CurrentEntry => {
    const entry = stored.get(id) ?? null;
    return { id, entry: entry === "unread" ? UNREAD : entry };
  });
  const current = await registrar.versionsToShow(
    shown.map(({ id, entry }) => ({ id, digest: entry?.ok === true ? entry.value.digest : null })),
  );
  return shown.map((one, index) => {
    const found = current[index];
    switch (found?.kind) {
      case "newer":
        return { id: one.id, entry: ok(found.version) };
      case "gone":
        return { id: one.id, entry: null };
      case "as_shown":
      case undefined:
        return one;
    }
  });
}
