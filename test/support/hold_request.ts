import type { HoldSelector } from "../../src/core/hold/hold.ts";
import type { HoldRequest } from "../../src/contract/registrar.ts";

/** A hold as most tests ask for it: under the law, reviewed tomorrow, until it is released. */
export function holdRequest(selector: HoldSelector): HoldRequest {
  return {
    selector,
    ground: { article: "17(3)(e)" },
    owner: "legal",
    review_at: Date.now() + 86_400_000,
    ends_at: null,
    public_reason: null,
    reference: null,
    clear_own_expiry: false,
  };
}
