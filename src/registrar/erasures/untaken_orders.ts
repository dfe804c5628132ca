import type { JobError } from "../../core/report/job.ts";
import type { ErasurePart } from "../../core/rule/erasure.ts";
import type { Records } from "../records.ts";

/** How long a Custodian may leave an order untaken before its part counts as stalled. */
const UNTAKEN_MS = 300_000;

/**
 * Notes as stalled what a Custodian does not even take: it cannot tell so itself, and the other sources would
 * wait for it for ever. The order is sent again until it is taken, and then the source's word counts.
 */
export function noteUntaken({ commands, erasures, runtime }: Records): string[] {
  const now = runtime.now();
  const noted: string[] = [];
  for (const { source, id } of commands.untakenErasures()) {
    const stored = erasures.get(id);
    const part = erasures.parts(id).find((one) => one.source === source);
    const isLate = stored !== null && now - Date.parse(stored.head.created_at) >= UNTAKEN_MS;
    if (isLate && part?.report.status === "queued") {
      const message = `${source} has not taken its order: it is sent again until it does`;
      const error: JobError = { code: "stalled", message };
      const report = { ...part.report, status: "stalled", error } as const;
      erasures.changePart(id, { ...part, report, stalled_since: part.stalled_since ?? now });
      noted.push(id);
    }
  }
  return noted;
}

/**
 * Ends a part whose order has not been taken, when it is told to stop. Should the order still arrive, it only
 * plans, and the stop comes after it.
 */
export function takeBack({ commands, erasures }: Records, id: string, part: ErasurePart): void {
  const { source, report } = part;
  const mayBeUntaken = report.status === "queued" || report.status === "stalled";
  if (mayBeUntaken && commands.takeBack(source, id)) {
    const message = `${source} had not taken its order when that was taken back: it was not searched`;
    const error: JobError = { code: "order_untaken", message };
    erasures.changePart(id, { ...part, report: { ...report, status: "failed", error } });
  }
}
