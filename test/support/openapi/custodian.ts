import type { CustodianAnswers } from "../../../src/contract/custodian.ts";

/** A Custodian that holds nothing, but for what a test makes it answer. */
export function custodianAnswers(answers: Partial<CustodianAnswers> = {}): CustodianAnswers {
  return {
    removeNow: () => Promise.resolve({ kind: "absent" }),
    planPage: () => Promise.resolve({ kind: "gone" }),
    find: () => Promise.resolve({ kind: "unavailable", detail: "nothing answers" }),
    soughtPage: () => Promise.resolve({ kind: "gone" }),
    explain: () => Promise.resolve({ kind: "unavailable", detail: "nothing answers" }),
    ...answers,
  };
}
