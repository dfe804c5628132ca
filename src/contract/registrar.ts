import type { HoldGround, HoldSelector } from "../core/hold/hold.ts";
import type { HoldReport, SwitchReport } from "../core/report/hold.ts";
import type { PolicyState } from "../core/report/policy_state.ts";
import type { ShownPolicy } from "../core/rule/policy_waits.ts";
import type { PolicyStanding } from "../core/rule/explain_policy.ts";
import type { Health, PolicyProblem } from "../core/report/health.ts";
import type { VersionReport } from "../core/report/policy_version.ts";
import type { RemovalsBy, RemovalsSums } from "../core/report/removals.ts";
import type { SweepReport } from "../core/report/sweep.ts";
import type { ErasureReport } from "../core/report/erasure.ts";
import type { Activity } from "../core/report/activity.ts";
import type { Sample } from "../core/report/metrics.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Precondition } from "../core/policy/precondition.ts";
import type { Reach } from "../core/values/reach.ts";
import type { Identifier } from "../core/session/subject.ts";
import type { RestraintsCopy, RestraintsMark, OverJob } from "./custodian.ts";
import type { ActivityFilter, ErasureFilter, HoldFilter, SweepFilter } from "./filters.ts";

// What the Registrar is asked and answers: plain data, because it crosses from object to object.

/** One version of a policy: a valid document under its id. */
export interface PolicyVersion {
  readonly id: string;
  readonly digest: string;
  readonly policy: Policy;
}

/** What KV shows of a policy; a digest of null: nothing, or nothing valid. */
export interface ShownDigest {
  readonly id: string;
  readonly digest: string | null;
}

/** KV may lag: what it shows, a newer version than that, or none any more. */
export type VersionToShow =
  | { readonly kind: "as_shown" }
  | { readonly kind: "newer"; readonly version: PolicyVersion }
  | { readonly kind: "gone" };

/** What KV shows of a policy; null: nothing. */
export type ShownVersion = PolicyVersion | "invalid" | null;

/** A write of a policy through the API. */
export interface PolicyWrite {
  readonly id: string;
  /** Null removes it. */
  readonly version: PolicyVersion | null;
  /** What KV shows before the write. */
  readonly shown: ShownVersion;
  readonly condition: Precondition;
  /** What the writer's key reaches: what is there and reaches more is not replaced, and not removed. */
  readonly reach: Reach;
}

export type PolicyWritten =
  | { readonly kind: "written"; readonly created: boolean }
  | { readonly kind: "precondition_failed" }
  | { readonly kind: "not_found" }
  | { readonly kind: "out_of_reach"; readonly beyond: string };

/** One version of a policy; `document` is the stored form as it was written, JSON. Null: the policy was removed. */
export type ListedVersion = Omit<VersionReport, "policy"> & {
  readonly document: string | null;
};

/** One minute's worth of policies, as the Worker read them. */
export interface Tick {
  /** `scheduledTime`, epoch milliseconds: the name of the tick, never a clock. */
  readonly tick: number;
  /** All policies that are valid, whatever their mode and schedule. */
  readonly policies: readonly PolicyVersion[];
  readonly problems: readonly PolicyProblem[];
  /** Policies that are there and that KV did not give: what they say now is not known, so nothing changes. */
  readonly unread?: readonly string[];
  /** The Registrar ticks itself, because the cron's tick has not come. */
  readonly is_own?: boolean;
}

export interface TickResult {
  readonly started: readonly string[];
  readonly joined: readonly string[];
  /** Of those, the ones whose minute went by without a tick or a sweep. */
  readonly late: readonly string[];
  /** Not started, and why: a job error code by policy id. */
  readonly skipped: Readonly<Record<string, string>>;
}

/** What a Custodian is answered that asks whether its copy is the newest; null: it is. */
export interface RestraintsAnswer extends RestraintsMark {
  readonly copy: RestraintsCopy | null;
  /** The Registrar's clock, epoch milliseconds. */
  readonly at: number;
  /** Of the jobs that the Custodian runs, those that have ended by the Registrar's record, or are to stop. */
  readonly over: readonly OverJob[];
}

/** The jobs that a Custodian runs. */
export interface Running {
  readonly source: string;
  readonly ids: readonly string[];
}

/** A hold as it is asked for. Times are epoch milliseconds. */
export interface HoldRequest {
  readonly selector: HoldSelector;
  readonly ground: HoldGround;
  readonly owner: string;
  readonly review_at: number;
  readonly ends_at: number | null;
  readonly public_reason: string | null;
  readonly reference: string | null;
  /** Where the provider would remove the held session by itself, it is told not to. */
  readonly clear_own_expiry: boolean;
}

export type PlaceHoldAnswer =
  | { readonly kind: "placed"; readonly hold: HoldReport }
  | { readonly kind: "idempotency_conflict" }
  /** There are more holds than a Custodian can be handed. */
  | { readonly kind: "too_many" };

/** Turns the switch for one source, or (null) for all. */
export interface SwitchChange {
  readonly source: string | null;
  /** Null takes the pause away. `until` in epoch milliseconds. */
  readonly pause: { readonly until: number | null; readonly reason: string } | null;
}

/** A policy of which somebody asks how it is doing, as it is shown. */
export interface PolicyToState {
  readonly id: string;
  readonly shown: ShownPolicy;
}

/** Which sums of removals are asked for. */
export interface RemovalsRequest {
  /** Days in UTC, both included. */
  readonly since: string;
  readonly until: string;
  readonly by: readonly RemovalsBy[];
  /** Whether what erasures removed is counted, too. */
  readonly erasures: boolean;
}

/** Who asks: the name of an API key, `webhook:<hook>`, or `tick`. */
export type Actor = string;

/** One `Idempotency-Key` of one API key. The body is kept as a keyed hash only. */
export interface IdempotencyKey {
  readonly owner: string;
  readonly key: string;
  readonly body_hash: string;
}

/** Whether a request was made before, and what it was answered: an id, or a document. */
export type Known =
  | { readonly kind: "new" }
  | { readonly kind: "replayed"; readonly answer: string }
  | { readonly kind: "conflict" };

export interface PageRequest {
  readonly limit: number;
  readonly cursor: string | null;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly next_cursor: string | null;
}

/** An import that has been stored. */
export interface ImportDone {
  readonly actor: Actor;
  /** The sources that it went into. */
  readonly sources: readonly string[];
  /** Under what to know it again, and what it was answered; null: it sent no key. */
  readonly idempotency: IdempotencyKey | null;
  readonly answer: string;
}

export type StartSweepAnswer =
  | { readonly kind: "started"; readonly sweep: SweepReport; readonly joined: boolean }
  | { readonly kind: "replayed"; readonly sweep: SweepReport }
  | { readonly kind: "idempotency_conflict" }
  /** The policy was changed through the API, and KV has shown the caller an older version. */
  | { readonly kind: "kv_stale" };

/** A version to be looked at before it runs. */
export interface PreviewRequest {
  readonly policy: PolicyVersion;
  /** A version of the same source to compare it with. */
  readonly other: Policy | null;
  /** The digest that KV shows, where the stored version takes part; null where it does not. */
  readonly stored_digest: string | null;
}

export type PreviewAnswer =
  | { readonly kind: "started"; readonly sweep: SweepReport }
  | { readonly kind: "too_many_previews" }
  | Extract<StartSweepAnswer, { kind: "replayed" | "idempotency_conflict" | "kv_stale" }>;

/** Why an approval or a cancellation was not taken. */
export type Refusal =
  | { readonly kind: "not_found" }
  | { readonly kind: "wrong_status"; readonly status: string }
  | { readonly kind: "wrong_digest" }
  | { readonly kind: "same_key" };

/** Why a cancellation was not taken. */
export type CancelRefusal = Extract<Refusal, { kind: "not_found" | "wrong_status" }>;

export type CancelAnswer<R> = { readonly kind: "done"; readonly report: R } | CancelRefusal;

export type DecisionAnswer<R> = { readonly kind: "done"; readonly report: R } | Refusal;

/** Whether a set of erasures was approved; the first that stands against it is named, null: the set itself. */
export type SetAnswer =
  | { readonly kind: "done"; readonly reports: readonly ErasureReport[] }
  | (Refusal & { readonly id: string | null });

export interface ErasureRequest {
  readonly identifiers: readonly Identifier[];
  /** The sources, by name, and the scopes that it is limited to; null: all there are. */
  readonly sources: readonly string[] | null;
  readonly scopes: readonly string[] | null;
  readonly regulation: ErasureReport["regulation"];
  /** Epoch milliseconds. */
  readonly requested_at: number;
  readonly reference: string | null;
  /** It only looks, and never removes anything. */
  readonly dry_run: boolean;
}

/** A webhook delivery that asks for an erasure. */
export interface Delivery {
  readonly hook: string;
  readonly webhook_id: string;
  readonly body_hash: string;
  readonly max_per_hour: number;
}

export type OpenErasureAnswer =
  | { readonly kind: "opened"; readonly erasure: ErasureReport }
  | { readonly kind: "replayed"; readonly erasure: ErasureReport }
  | { readonly kind: "idempotency_conflict" };

/** The method of the Registrar that Custodians call before they remove anything. */
export interface RestraintsApi {
  restraints(known: RestraintsMark, running: Running): Promise<RestraintsAnswer>;
}

/** The methods of the Registrar that the API and the tick call. */
export interface RegistrarApi {
  tick(tick: Tick): Promise<TickResult>;
  /** A tick in which KV could not be read: nothing starts, and health says so. */
  tickFailed(tick: number, reason: string, isOwn: boolean): Promise<void>;
  /** Takes a write; KV is written after it, and only when it was taken. */
  writePolicy(write: PolicyWrite, actor: Actor): Promise<PolicyWritten>;
  /** The newest version of a policy that was ever seen; null: there is none. */
  newestPolicy(id: string): Promise<PolicyVersion | null>;
  /** What a reader of policies is to be shown, for each of what KV shows. */
  versionsToShow(shown: readonly ShownDigest[]): Promise<readonly VersionToShow[]>;
  /** Every version that a policy has had, the newest first; `before` is a number. */
  policyVersions(id: string, limit: number, before: number | null): Promise<Page<ListedVersion>>;
  startSweep(
    policy: PolicyVersion,
    actor: Actor,
    idempotency: IdempotencyKey | null,
  ): Promise<StartSweepAnswer>;
  startPreview(
    request: PreviewRequest,
    actor: Actor,
    idempotency: IdempotencyKey | null,
  ): Promise<PreviewAnswer>;
  /** How policies are doing, in the order in which they are given. */
  policyStates(policies: readonly PolicyToState[]): Promise<readonly PolicyState[]>;
  /** How policies stand, in the order in which they are given. */
  standings(policies: readonly PolicyVersion[]): Promise<readonly PolicyStanding[]>;
  sweep(id: string): Promise<SweepReport | null>;
  /** Lists answer a short page, and where it stopped, where few of many rows fit. */
  sweeps(page: PageRequest, filter: SweepFilter): Promise<Page<SweepReport>>;
  approveSweep(id: string, planDigest: string, actor: Actor): Promise<DecisionAnswer<SweepReport>>;
  cancelSweep(id: string, actor: Actor): Promise<CancelAnswer<SweepReport>>;
  openErasure(
    request: ErasureRequest,
    actor: Actor,
    idempotency: IdempotencyKey | null,
    delivery: Delivery | null,
  ): Promise<OpenErasureAnswer>;
  erasure(id: string): Promise<ErasureReport | null>;
  erasures(page: PageRequest, filter: ErasureFilter): Promise<Page<ErasureReport>>;
  approveErasures(ids: readonly string[], digest: string, actor: Actor): Promise<SetAnswer>;
  approveErasure(
    id: string,
    planDigest: string,
    actor: Actor,
  ): Promise<DecisionAnswer<ErasureReport>>;
  cancelErasure(id: string, actor: Actor): Promise<CancelAnswer<ErasureReport>>;
  /** Answers when every Custodian has stored it, or after a time; the report says where it is in force. */
  placeHold(
    request: HoldRequest,
    actor: Actor,
    idempotency: IdempotencyKey | null,
  ): Promise<PlaceHoldAnswer>;
  hold(id: string): Promise<HoldReport | null>;
  /** The same with the sessions that it matches now, which are counted for it. */
  holdNow(id: string): Promise<HoldReport | null>;
  holds(page: PageRequest, filter: HoldFilter): Promise<Page<HoldReport>>;
  releaseHold(id: string, actor: Actor): Promise<CancelAnswer<HoldReport>>;
  switchState(): Promise<SwitchReport>;
  /** Answers as `placeHold` does. */
  turnSwitch(change: SwitchChange, actor: Actor): Promise<SwitchReport>;
  /** For a creating POST that the Registrar does not carry out itself (the import). */
  findImport(idempotency: IdempotencyKey): Promise<Known>;
  keepImport(done: ImportDone): Promise<void>;
  /** Who did what, the newest first. */
  activity(page: PageRequest, filter: ActivityFilter): Promise<Page<Activity>>;
  health(): Promise<Health>;
  /** The sums, in the order of what they are told apart by; null: there are more than one answer holds. */
  removals(request: RemovalsRequest): Promise<RemovalsSums | null>;
  metrics(): Promise<readonly Sample[]>;
}
