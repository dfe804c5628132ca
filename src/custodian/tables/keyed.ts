import type { Keyring } from "../../core/values/hash.ts";
import { ActivityTable } from "./activity.ts";
import { LineageTable } from "./family/lineage.ts";
import { NewestCandidates } from "./newest_candidates.ts";
import { Removals } from "./removals.ts";
import { RestingTable } from "./resting.ts";

/** Opens the rows in which sessions and people stand under keyed hashes. */
export function openKeyed(
  sql: SqlStorage,
  keyring: Keyring,
  random: (length: number) => Uint8Array,
  account: string,
) {
  return {
    newest_candidates: new NewestCandidates(sql, keyring),
    activity: new ActivityTable(sql, keyring, account),
    resting: new RestingTable(sql, keyring),
    lineage: new LineageTable(sql, keyring, random),
    removals: new Removals(sql, keyring),
  };
}

export type Keyed = Readonly<ReturnType<typeof openKeyed>>;
