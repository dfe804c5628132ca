import type { PolicyStanding } from "../../core/rule/explain_policy.ts";
import { approvalOf } from "./approval.ts";
import type { Records } from "../records.ts";
import type { LoadedPolicy } from "../../contract/registrar.ts";
import { isSuperseded } from "./current.ts";

/** How policies stand, in the order in which they are given. Changes nothing. */
export function standingsOf(records: Records, policies: readonly LoadedPolicy[]): PolicyStanding[] {
  const now = records.runtime.now();
  return policies.map((loaded) => ({
    is_superseded: isSuperseded(records, loaded.id, loaded.digest, now),
    approval: approvalOf(records, loaded),
    last: records.sweeps.newest(loaded.id),
  }));
}
