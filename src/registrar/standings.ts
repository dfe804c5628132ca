import type { PolicyStanding } from "../core/explain_policy.ts";
import { approvalOf } from "./approvals.ts";
import type { Books } from "./books.ts";
import type { LoadedPolicy } from "./contract.ts";
import { isSuperseded } from "./policies.ts";

/** How policies stand, in the order in which they are given. Changes nothing. */
export function standingsOf(books: Books, policies: readonly LoadedPolicy[]): PolicyStanding[] {
  const now = books.runtime.now();
  return policies.map((loaded) => ({
    is_superseded: isSuperseded(books, loaded.id, loaded.digest, now),
    approval: approvalOf(books, loaded),
    last: books.sweeps.newest(loaded.id),
  }));
}
