import { floorsOf } from "../../config/floors.ts";
import { strictest, type Approval } from "../../core/policy/floors.ts";
import { askersOf, type SweepReport } from "../../core/report/sweep.ts";
import { isNoWider } from "../../core/policy/widening.ts";
import { accountOf, type Records } from "../records.ts";
import type { Actor, PolicyVersion } from "../../contract/registrar.ts";

/**
 * Why a plan of a version waits for a person, as if it were to remove: every one does, or this version is wider
 * than the last that ran live, or that ran on another account. A version that asks for less than that one did is
 * judged by what it asked for.
 */
export function approvalOf(records: Records, { id, policy }: PolicyVersion): Approval {
  const { config, versions } = records;
  const asked = strictest(policy.approval ?? "none", floorsOf(config, policy.source).approval);
  if (asked === "every") {
    return "every";
  }
  const trusted = versions.trusted(id);
  const ran = trusted?.document ?? null;
  if (strictest(asked, ran?.approval ?? "none") === "none") {
    return "none";
  }
  const isKnown =
    ran !== null &&
    trusted?.trusted_on === accountOf(records, policy.source) &&
    isNoWider({ ...policy, mode: "enforce" }, ran);
  return isKnown ? "none" : "changes";
}

/**
 * Whether a key asked for a sweep or wrote what it runs: any version of its document since that last ran live,
 * or another document since then under which all that it removes was due already. Putting the document again, or a
 * word of its note, makes nobody else its author.
 */
export function hasPartIn({ versions }: Records, sweep: SweepReport, actor: Actor): boolean {
  const { policy, policy_digest: digest } = sweep;
  if (askersOf(sweep).includes(actor) || versions.hasWritten(policy, digest, actor)) {
    return true;
  }
  const document = versions.documentOf(policy, digest);
  if (document === null) {
    return false;
  }
  for (const written of versions.writtenSinceTrusted(policy, actor)) {
    if (isNoWider(document, written)) {
      return true;
    }
  }
  return false;
}
