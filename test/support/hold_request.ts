import type { HoldSelector } from "../../src/core/hold/hold.ts";
import type { HoldReport } from "../../src/core/report/hold.ts";
import type { HoldRequest, IdempotencyKey } from "../../src/contract/registrar.ts";
import type { Engine } from "./engine.ts";

/** A hold as most tests ask for it: under the law, reviewed tomorrow, until it is released. */
export function holdRequest(
  selector: HoldSelector,
  changes: Partial<HoldRequest> = {},
): HoldRequest {
  return {
    selector,
    ground: { article: "17(3)(e)" },
    owner: "legal",
    review_at: Date.now() + 86_400_000,
    ends_at: null,
    public_reason: null,
    reference: null,
    clear_own_expiry: false,
    ...changes,
  };
}

/** Places such a hold, and fails the test where it is not placed. */
export async function placeHold(
  { registrar }: Pick<Engine, "registrar">,
  selector: HoldSelector,
  changes: Partial<HoldRequest> = {},
  idempotency: IdempotencyKey | null = null,
): Promise<HoldReport> {
  const answer = await registrar.placeHold(holdRequest(selector, changes), "root", idempotency);
  if (answer.kind !== "placed") {
    throw new Error(`not placed: ${answer.kind}`);
  }
  return answer.hold;
}
