import type { CustodianFace } from "../../../src/contract/custodian.ts";

/** A Custodian that holds nothing, but for what a test makes it answer. */
export function custodianFace(answers: Partial<CustodianFace> = {}): CustodianFace {
  return {
    removeNow: () => Promise.resolve({ kind: "absent" }),
    planPage: () => Promise.resolve({ kind: "gone" }),
    explain: () => Promise.resolve({ kind: "unavailable", detail: "nothing answers" }),
    ...answers,
  };
}
