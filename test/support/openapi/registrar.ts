import type { Health } from "../../../src/core/report/health.ts";
import { holds } from "../../../src/core/policy/precondition.ts";
import type { PolicyStanding } from "../../../src/core/rule/explain_policy.ts";
import type { PolicyState } from "../../../src/core/report/policy_state.ts";
import type { RemovalsSums } from "../../../src/core/report/removals.ts";
import type { SweepReport } from "../../../src/core/report/sweep.ts";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import type { Sample } from "../../../src/core/report/metrics.ts";
import type { Activity } from "../../../src/core/report/activity.ts";
import type { ActivityFilter, ErasureFilter, SweepFilter } from "../../../src/contract/filters.ts";
import type {
  CancelAnswer,
  DecisionAnswer,
  Delivery,
  ErasureRequest,
  Known,
  IdempotencyKey,
  ImportDone,
  PolicyToState,
  PolicyVersion,
  OpenErasureAnswer,
  Page,
  PageRequest,
  VersionToShow,
  PreviewAnswer,
  PreviewRequest,
  ListedVersion,
  PolicyWrite,
  PolicyWritten,
  RegistrarApi,
  RemovalsRequest,
  SetAnswer,
  ShownDigest,
  StartSweepAnswer,
  Tick,
  TickResult,
} from "../../../src/contract/registrar.ts";
import { FakeGuards } from "./holds.ts";
import { AT, erasureReport, sweepReport } from "./reports.ts";

/** A Registrar that keeps what it is told, in memory, and decides nothing. */
export class FakeRegistrar extends FakeGuards implements RegistrarApi {
  healthReport: Health = {
    last_tick: AT,
    policy_problems: [],
    sources: {},
    attention: [],
    attention_more: {},
  };
  /** What approvals and cancellations answer instead of being taken. */
  refusal: Exclude<DecisionAnswer<never>, { kind: "done" }> | null = null;
  /** What previews answer instead of being started. */
  previewRefusal: "kv_stale" | "too_many_previews" | null = null;
  samples: readonly Sample[] = [];
  /** What was last written under each id. */
  readonly newest = new Map<string, PolicyVersion | null>();
  /** What is answered of removals; null: too much. */
  sums: RemovalsSums | null = { rows: [], totals: {} };
  /** How each policy is doing. */
  state: PolicyState = {
    last_sweep: { id: "swp_1", status: "completed", created_at: AT, finished_at: AT },
    removals_24h: {},
    removals_7d: { deleted: 7 },
    backlog: 0,
    oldest_due_at: null,
    due_next_24h: 3,
    next_run_at: AT,
    waits_for: [],
  };
  activityPage: Page<Activity> = { data: [], next_cursor: null };
  versionsPage: Page<ListedVersion> = { data: [], next_cursor: null };
  readonly sweepsById = new Map<string, SweepReport>();
  readonly erasuresById = new Map<string, ErasureReport>();
  #imports = new Map<string, { body: string; imported: string | null }>();

  tick(tick: Tick): Promise<TickResult> {
    this.note("tick", tick);
    return Promise.resolve({
      started: tick.policies.map(({ id }) => id),
      joined: [],
      late: [],
      skipped: {},
    });
  }

  tickFailed(tick: number, reason: string): Promise<void> {
    this.note("tickFailed", tick, reason);
    return Promise.resolve();
  }

  writePolicy(write: PolicyWrite, actor: string): Promise<PolicyWritten> {
    const { id, version, shown, condition } = write;
    const digest = shown === null || shown === "invalid" ? null : shown.digest;
    const exists = shown !== null;
    if (version === null && !exists) {
      return Promise.resolve({ kind: "not_found" });
    }
    if (!holds(condition, { exists, digest })) {
      return Promise.resolve({ kind: "precondition_failed" });
    }
    this.note("writePolicy", id, version, actor);
    this.newest.set(id, version);
    return Promise.resolve({ kind: "written", created: !exists });
  }

  newestPolicy(id: string): Promise<PolicyVersion | null> {
    return Promise.resolve(this.newest.get(id) ?? null);
  }

  versionsToShow(shown: readonly ShownDigest[]): Promise<readonly VersionToShow[]> {
    return Promise.resolve(shown.map(() => ({ kind: "as_shown" })));
  }

  policyVersions(id: string, limit: number, before: number | null): Promise<Page<ListedVersion>> {
    this.note("policyVersions", id, limit, before);
    return Promise.resolve(this.versionsPage);
  }

  async startSweep(
    policy: PolicyVersion,
    actor: string,
    idempotency: IdempotencyKey | null,
  ): Promise<StartSweepAnswer> {
    this.note("startSweep", policy, actor, idempotency);
    const known = this.answered(idempotency, `swp_${this.sweepsById.size + 1}`);
    if (known.kind === "conflict") {
      return { kind: "idempotency_conflict" };
    }
    const sweep = sweepReport(known.id, policy.id);
    this.sweepsById.set(known.id, sweep);
    return known.kind === "known"
      ? { kind: "replayed", sweep }
      : { kind: "started", sweep, joined: false };
  }

  async startPreview(
    request: PreviewRequest,
    actor: string,
    idempotency: IdempotencyKey | null,
  ): Promise<PreviewAnswer> {
    this.note("startPreview", request, actor, idempotency);
    if (this.previewRefusal !== null) {
      return { kind: this.previewRefusal };
    }
    const known = this.answered(idempotency, `swp_${this.sweepsById.size + 1}`);
    if (known.kind === "conflict") {
      return { kind: "idempotency_conflict" };
    }
    const sweep: SweepReport = {
      ...sweepReport(known.id, request.policy.id),
      mode: "observe",
      trigger: "preview",
    };
    this.sweepsById.set(known.id, sweep);
    return { kind: known.kind === "known" ? "replayed" : "started", sweep };
  }

  removals(request: RemovalsRequest): Promise<RemovalsSums | null> {
    this.note("removals", request);
    return Promise.resolve(this.sums);
  }

  policyStates(policies: readonly PolicyToState[]): Promise<readonly PolicyState[]> {
    this.note("policyStates", policies);
    return Promise.resolve(policies.map(() => this.state));
  }

  standings(policies: readonly PolicyVersion[]): Promise<readonly PolicyStanding[]> {
    this.note("standings", policies);
    return Promise.resolve(
      policies.map(() => ({
        is_superseded: false,
        approval: "none",
        ticks: { last: null, gap: null },
        last: null,
      })),
    );
  }

  sweep(id: string): Promise<SweepReport | null> {
    this.note("sweep", id);
    return Promise.resolve(this.sweepsById.get(id) ?? null);
  }

  sweeps(page: PageRequest, filter: SweepFilter): Promise<Page<SweepReport>> {
    this.note("sweeps", page, filter);
    return Promise.resolve({ data: [...this.sweepsById.values()], next_cursor: null });
  }

  async approveSweep(
    id: string,
    digest: string,
    actor: string,
  ): Promise<DecisionAnswer<SweepReport>> {
    this.note("approveSweep", id, digest, actor);
    return this.#decide(this.sweepsById.get(id));
  }

  async cancelSweep(id: string, actor: string): Promise<CancelAnswer<SweepReport>> {
    this.note("cancelSweep", id, actor);
    return this.#cancel(this.sweepsById.get(id));
  }

  async openErasure(
    request: ErasureRequest,
    actor: string,
    idempotency: IdempotencyKey | null,
    delivery: Delivery | null,
  ): Promise<OpenErasureAnswer> {
    this.note("openErasure", request, actor, idempotency, delivery);
    const asKey =
      delivery === null
        ? idempotency
        : { owner: delivery.hook, key: delivery.webhook_id, body_hash: delivery.body_hash };
    const known = this.answered(asKey, `ers_${this.erasuresById.size + 1}`);
    if (known.kind === "conflict") {
      return { kind: "idempotency_conflict" };
    }
    const erasure = erasureReport(known.id, request);
    this.erasuresById.set(known.id, erasure);
    return { kind: known.kind === "known" ? "replayed" : "opened", erasure };
  }

  erasure(id: string): Promise<ErasureReport | null> {
    this.note("erasure", id);
    return Promise.resolve(this.erasuresById.get(id) ?? null);
  }

  erasures(page: PageRequest, filter: ErasureFilter): Promise<Page<ErasureReport>> {
    this.note("erasures", page, filter);
    return Promise.resolve({ data: [...this.erasuresById.values()], next_cursor: null });
  }

  async approveErasures(ids: readonly string[], digest: string, actor: string): Promise<SetAnswer> {
    this.note("approveErasures", ids, digest, actor);
    if (this.refusal !== null) {
      return { ...this.refusal, id: ids[0] ?? null };
    }
    return { kind: "done", reports: [...this.erasuresById.values()] };
  }

  async approveErasure(
    id: string,
    digest: string,
    actor: string,
  ): Promise<DecisionAnswer<ErasureReport>> {
    this.note("approveErasure", id, digest, actor);
    return this.#decide(this.erasuresById.get(id));
  }

  async cancelErasure(id: string, actor: string): Promise<CancelAnswer<ErasureReport>> {
    this.note("cancelErasure", id, actor);
    return this.#cancel(this.erasuresById.get(id));
  }

  findImport(idempotency: IdempotencyKey): Promise<Known> {
    this.note("findImport", idempotency);
    const known = this.#imports.get(`${idempotency.owner} ${idempotency.key}`);
    if (known === undefined || (known.body === idempotency.body_hash && known.imported === null)) {
      this.#imports.set(`${idempotency.owner} ${idempotency.key}`, {
        body: idempotency.body_hash,
        imported: null,
      });
      return Promise.resolve({ kind: "new" });
    }
    return Promise.resolve(
      known.body === idempotency.body_hash && known.imported !== null
        ? { kind: "replayed", answer: known.imported }
        : { kind: "conflict" },
    );
  }

  keepImport(done: ImportDone): Promise<void> {
    this.note("keepImport", done);
    const { idempotency, answer: imported } = done;
    if (idempotency !== null) {
      this.#imports.set(`${idempotency.owner} ${idempotency.key}`, {
        body: idempotency.body_hash,
        imported,
      });
    }
    return Promise.resolve();
  }

  activity(page: PageRequest, filter: ActivityFilter): Promise<Page<Activity>> {
    this.note("activity", page, filter);
    return Promise.resolve(this.activityPage);
  }

  health(): Promise<Health> {
    this.note("health");
    return Promise.resolve(this.healthReport);
  }

  metrics(): Promise<readonly Sample[]> {
    this.note("metrics");
    return Promise.resolve(this.samples);
  }

  /** The arguments of each call of one method. */
  callsOf(method: keyof RegistrarApi): unknown[][] {
    return this.calls.filter((call) => call.method === method).map(({ args }) => args);
  }

  /** A test that gives a cancellation a refusal gives one that it can have. */
  #cancel<R>(report: R | undefined): CancelAnswer<R> {
    return this.#decide(report) as CancelAnswer<R>;
  }

  #decide<R>(report: R | undefined): DecisionAnswer<R> {
    if (this.refusal !== null) {
      return this.refusal;
    }
    return report === undefined ? { kind: "not_found" } : { kind: "done", report };
  }
}
