import { conflictError } from "../../core/rule/erasure.ts";
import { decideDryRun } from "../../core/rule/erasure_dry_run.ts";
import { statementOf } from "../../core/rule/erasure_statement.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import type { Records } from "../records.ts";
import type { StoredErasure } from "../tables/erasures.ts";
import { digestOf } from "./report.ts";

/** Goes on with a dry run as far as its parts allow: it tells no source anything, so none removes. */
export function lookOn({ config, erasures, runtime }: Records, stored: StoredErasure): void {
  const { head, state } = stored;
  const parts = erasures.parts(head.id);
  const decision = decideDryRun(parts, state, config.erasure_max_sessions);
  if (decision.kind === "wait") {
    erasures.save({ ...head, status: decision.status }, state);
    return;
  }
  const { status, why, blockers } = decision;
  const isWhole = status === "observed";
  erasures.save(
    {
      ...head,
      status,
      plan_digest: isWhole ? digestOf(parts) : null,
      statement: statementOf(status, parts, head.limited_to),
      error: isWhole && why !== null ? conflictError(why, false) : null,
      blockers: isWhole ? blockers : null,
      finished_at: formatTimestamp(runtime.now()),
    },
    state,
  );
}
