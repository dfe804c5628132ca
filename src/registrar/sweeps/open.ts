import { createId } from "../../core/values/id.ts";
import { UNTOLD_SWEEP, type SweepReport } from "../../core/report/sweep.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { whoAt } from "../../core/report/who.ts";
import { formatInstant, formatTimestamp } from "../../core/values/timestamp.ts";
import { floorsOf } from "../../config/floors.ts";
import { noteActivity } from "../signals/activity.ts";
import { approvalOf } from "../policies/approval.ts";
import { accountOf, type Records } from "../records.ts";
import type {
  Actor,
  IdempotencyKey,
  PolicyVersion,
  StartSweepAnswer,
} from "../../contract/registrar.ts";

/** What a new sweep is to be. */
interface Opening {
  readonly policy: PolicyVersion;
  readonly trigger: SweepReport["trigger"];
  /** `scheduledTime` in epoch milliseconds; null when a person asked. */
  readonly tick: number | null;
  /** Null: a tick. */
  readonly started_by: Actor | null;
  /** A version that a preview is compared with. */
  readonly other?: Policy | undefined;
}

/** Writes a new sweep down and tells its Custodian. A preview observes, whatever the mode of its version. */
export function openSweep(
  records: Records,
  { policy: version, trigger, tick, started_by: starter, other }: Opening,
  now: number,
): SweepReport {
  const { id: policyId, digest, policy } = version;
  const isPreview = trigger === "preview";
  const mode = isPreview ? "observe" : policy.mode;
  if (mode === "off") {
    throw new Error(`policy ${policyId} is off`);
  }
  const approval = approvalOf(records, version);
  const floors = floorsOf(records.config, policy.source);
  const id = createId("swp", now, records.runtime.randomBytes);
  const report: SweepReport = {
    id,
    policy: policyId,
    policy_digest: digest,
    source: policy.source,
    scopes: scopesOf(policy, other),
    mode,
    tick: formatInstant(tick),
    note: policy.note ?? null,
    started_by: starter === null ? null : whoAt(starter, now),
    joined_by: [],
    approved_by: [],
    cancelled_by: null,
    stop_reason: null,
    created_at: formatTimestamp(now),
    waits_since: null,
    approval,
    floors,
    trigger,
    folded: null,
    ...UNTOLD_SWEEP,
  };
  records.sweeps.add(report, tick, now);
  if (starter !== null) {
    const kind = isPreview ? "sweep.previewed" : "sweep.requested";
    noteActivity(records, kind, id, starter);
  }
  records.commands.put(policy.source, {
    do: "start",
    order: {
      kind: "sweep",
      id,
      policy_id: policyId,
      policy_digest: digest,
      policy: { ...policy, mode },
      floors,
      approval,
      tick,
      account: accountOf(records, policy.source),
      ...(isPreview ? { preview: true } : {}),
      ...(other === undefined ? {} : { other }),
    },
  });
  return report;
}

/** What a version selects in, and the one it is compared with; null: everything. */
function scopesOf(policy: Policy, other: Policy | undefined): readonly string[] | null {
  const own = policy.match?.scope ?? null;
  const others = other === undefined ? own : (other.match?.scope ?? null);
  return own === null || others === null ? null : [...new Set([...own, ...others])];
}

/** The answer to a request that was made before under its Idempotency-Key; null when it is new. */
export function replayedSweep(
  records: Records,
  idempotency: IdempotencyKey | null,
  now: number,
): Extract<StartSweepAnswer, { kind: "replayed" | "idempotency_conflict" }> | null {
  const known = records.idempotency.find(idempotency, now);
  if (known.kind === "conflict") {
    return { kind: "idempotency_conflict" };
  }
  const sweep = known.kind === "replayed" ? records.sweeps.get(known.answer) : null;
  return sweep === null ? null : { kind: "replayed", sweep };
}
