import type { PolicyStanding } from "../../core/rule/explain_policy.ts";
import { approvalOf } from "./approval.ts";
import type { Records } from "../records.ts";
import type { PolicyVersion } from "../../contract/registrar.ts";
import { isSuperseded } from "./current.ts";

/** How policies stand, in the order in which they are given. Changes nothing. */
export function standingsOf(
  records: Records,
  policies: readonly PolicyVersion[],
): PolicyStanding[] {
  const now = records.runtime.now();
  const { facts } = records;
  const ticks = { last: facts.get("last_tick"), gap: facts.get("tick_gap") };
  return policies.map((version) => ({
    is_superseded: isSuperseded(records, version.id, version.digest, now),
    approval: approvalOf(records, version),
    ticks,
    last: records.sweeps.newest(version.id),
  }));
}
