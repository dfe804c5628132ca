import { DISPOSITION_MEANINGS } from "../../src/core/count/disposition.ts";
import { ERASURE_STATUS_MEANINGS } from "../../src/core/report/erasure.ts";
import { BLOCKER_MEANINGS } from "../../src/core/report/erasure_blocker.ts";
import { JOB_ERRORS } from "../../src/core/report/job_errors.ts";
import { POLICY_WAITS } from "../../src/core/report/policy_state.ts";
import { ACTIVITY_MEANINGS } from "../../src/core/report/activity.ts";
import { STOP_REASON_MEANINGS } from "../../src/core/report/stop_reason.ts";
import { SWEEP_STATUS_MEANINGS } from "../../src/core/report/sweep.ts";

/** What may become of a planned session. */
export const dispositions = (): string[] => meaningsOf(DISPOSITION_MEANINGS);

/** Every status of a sweep. */
export const sweepStatuses = (): string[] => meaningsOf(SWEEP_STATUS_MEANINGS);

/** Every status of an erasure. */
export const erasureStatuses = (): string[] => meaningsOf(ERASURE_STATUS_MEANINGS);

/** Why a sweep was stopped that no key cancelled. */
export const stopReasons = (): string[] => meaningsOf(STOP_REASON_MEANINGS);

/** Everything that is told of who did what. */
export const activityKinds = (): string[] => meaningsOf(ACTIVITY_MEANINGS);

/** Everything that may stand against an erasure. */
export const erasureBlockers = (): string[] => meaningsOf(BLOCKER_MEANINGS);

/** Everything that a policy may wait for. */
export const policyWaits = (): string[] => meaningsOf(POLICY_WAITS);

/** Every error of a job, and what to do about it. */
export function jobErrors(): string[] {
  return Object.entries(JOB_ERRORS).map(
    ([code, { meaning, mend }]) => `- \`${code}\`: ${meaning} **Do:** ${mend}`,
  );
}

function meaningsOf(meanings: Readonly<Record<string, string>>): string[] {
  return Object.entries(meanings).map(([name, meaning]) => `- \`${name}\`: ${meaning}`);
}
