import type { ErasureReport } from "../report/erasure.ts";
import { after, type Duration } from "../values/duration.ts";

/** GDPR Art. 12(3): one month from the request. It counts where no regulation is named, too. */
const MONTH: Duration = { months: 1, days: 0, ms: 0 };

/** CCPA, Cal. Civ. Code 1798.130(a)(2): 45 days. */
const CCPA: Duration = { months: 0, days: 45, ms: 0 };

/** An erasure that has not ended so long before its date is at risk, in milliseconds. */
export const AT_RISK_MS = 7 * 86_400_000;

/** When an erasure must have ended by its regulation, without any extension; epoch milliseconds. */
export function erasureDueAt(regulation: ErasureReport["regulation"], requestedAt: number): number {
  return after(requestedAt, regulation === "ccpa" ? CCPA : MONTH);
}
