import type { PolicyStanding } from "../../core/rule/explain_policy.ts";
import { approvalOf } from "./approval.ts";
import type { Books } from "../records.ts";
import type { LoadedPolicy } from "../../contract/registrar.ts";
import { isSuperseded } from "./current.ts";

/** How policies stand, in the order in which they are given. Changes nothing. */
export function standingsOf(books: Books, policies: readonly LoadedPolicy[]): PolicyStanding[] {
  const now = books.runtime.now();
  return policies.map((loaded) => ({
    is_superseded: isSuperseded(books, loaded.id, loaded.digest, now),
    approval: approvalOf(books, loaded),
    last: books.sweeps.newest(loaded.id),
  }));
}
