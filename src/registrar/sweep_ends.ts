import type { SweepReport } from "../core/job.ts";
import type { Books } from "./books.ts";
import type { Standing } from "./policies.ts";

/** A braked sweep that nobody approves is cancelled after a day. */
const WAITS_MS = 86_400_000;

/** Stops what runs of a policy under a text that does not count any more, or has waited too long. */
export function stopUnwanted(books: Books, policy: string, standing: Standing): void {
  const now = books.runtime.now();
  for (const sweep of books.sweeps.active(policy)) {
    const waits = sweep.status === "braked" && sweep.approved_by === null;
    const expired = waits && now - Date.parse(sweep.created_at) > WAITS_MS;
    const end = endOf(sweep, standing);
    if (expired || end !== null) {
      const as = waits ? "cancelled" : (end ?? "stopped");
      books.commands.put(sweep.source, { do: "stop", id: sweep.id, as });
    }
  }
}

/** How a sweep that runs is to end; null: it goes on. */
function endOf(sweep: SweepReport, standing: Standing): "stopped" | "superseded" | null {
  if (standing.kind === "gone") {
    return "stopped";
  }
  const { digest, document } = standing.version;
  if (document === null || document.mode === "off") {
    return "stopped";
  }
  return digest === sweep.policy_digest ? null : "superseded";
}
