import { floorsOf } from "../config_floors.ts";
import { strictest, type Approval } from "../core/floors.ts";
import { isNoWider } from "../core/widening.ts";
import type { Books } from "./books.ts";
import type { LoadedPolicy } from "./contract.ts";

/**
 * Why a plan of a text waits for a person, as if it were to remove: every one does, or this text is wider
 * than the last that ran live. A text that asks for less than that one did is judged by what it asked for.
 */
export function approvalOf({ config, versions }: Books, { id, policy }: LoadedPolicy): Approval {
  const asked = strictest(policy.approval ?? "none", floorsOf(config, policy.source).approval);
  if (asked === "every") {
    return "every";
  }
  const trusted = versions.trusted(id);
  if (strictest(asked, trusted?.approval ?? "none") === "none") {
    return "none";
  }
  const isKnown = trusted !== null && isNoWider({ ...policy, mode: "enforce" }, trusted);
  return isKnown ? "none" : "changes";
}
