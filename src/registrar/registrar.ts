import type { Health } from "../core/report/health.ts";
import { DurableObject } from "cloudflare:workers";
import { readConfig } from "../config/config.ts";
import type { HoldReport, SwitchReport } from "../core/report/hold.ts";
import type { PolicyStanding } from "../core/rule/explain_policy.ts";
import type { SweepReport } from "../core/report/sweep.ts";
import type { ErasureReport, ErasureStatus } from "../core/report/erasure.ts";
import type { Sample } from "../core/report/metrics.ts";
import type { RestraintsMark, NewsItem } from "../contract/custodian.ts";
import { describeThrown, writeLog, type Log } from "../platform/log.ts";
import { platform, type Runtime } from "../platform/runtime.ts";
import { identifierTypesOf } from "../sources/kinds.ts";
import { openTables, type Records, type Tables } from "./records.ts";
import { Courier } from "./send_commands.ts";
import type {
  Actor,
  CancelAnswer,
  DecisionAnswer,
  Delivery,
  ErasureRequest,
  RestraintsAnswer,
  Running,
  RestraintsApi,
  ImportAnswer,
  IdempotencyKey,
  PolicyVersion,
  OpenErasureAnswer,
  Page,
  PageRequest,
  ListedVersion,
  PolicyWrite,
  PolicyWritten,
  VersionToShow,
  PreviewAnswer,
  PreviewRequest,
  PlaceHoldAnswer,
  RegistrarApi,
  ReleaseAnswer,
  SetAnswer,
  ShownDigest,
  StartSweepAnswer,
  SwitchChange,
  Tick,
  TickResult,
} from "../contract/registrar.ts";
import { approveErasure, approveErasures, cancelErasure } from "./erasures/decide.ts";
import { openErasure } from "./erasures/open.ts";
import { reportOf, showErasure } from "./erasures/report.ts";
import { reviewErasures } from "./erasures/review.ts";
import { takenJobs } from "./lost_jobs.ts";
import { sendCallbacks } from "./signals/callbacks.ts";
import { RestraintsDesk } from "./holds/place_and_release.ts";
import { healthOf } from "./signals/health.ts";
import { enterNews } from "./news.ts";
import { versionToShow } from "./policies/current.ts";
import { standingsOf } from "./policies/standings.ts";
import { startPreview } from "./sweeps/preview.ts";
import { metricsOf } from "./signals/metrics.ts";
import { approveSweep, cancelSweep } from "./sweeps/decide.ts";
import { runTick, startSweep } from "./sweeps/tick.ts";
import { writeAndStop } from "./sweeps/stop.ts";
import { missTick, watchAgain } from "./sweeps/watch_ticks.ts";

/** One: the single writer of record. It decides, writes, and tells the Custodians; it calls no source. */
export class Registrar extends DurableObject<Env> implements RegistrarApi, RestraintsApi {
  readonly #runtime: Runtime = platform;
  readonly #records: Tables;
  readonly #desk: RestraintsDesk;
  readonly #courier: Courier;
  #calling = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    this.#records = openTables(storage, this.#runtime);
    const locate = (source: string) => this.env.CUSTODIAN.getByName(source);
    this.#courier = new Courier(
      this.#records.commands,
      this.#records.timers,
      this.#runtime,
      locate,
    );
    this.#desk = new RestraintsDesk(() => this.#open, locate);
  }

  async tick(tick: Tick): Promise<TickResult> {
    const result = this.#write((records) => {
      this.#desk.tick(records, tick.tick);
      reviewErasures(records);
      return runTick(records, tick);
    });
    // A Custodian that does not answer about holds must not keep the others asleep.
    await Promise.all([
      this.#courier.send().then(async () => this.#courier.wakeAll(takenJobs(this.#open))),
      this.#desk.resend(),
    ]);
    return result;
  }

  async tickFailed(tick: number, reason: string, isOwn: boolean): Promise<void> {
    this.#write((records) => {
      records.facts.tick(tick, [{ id: "*", errors: [{ field: "", message: reason }] }], isOwn);
      watchAgain(records, this.#runtime.now());
    });
    await this.#courier.send();
  }

  /** A tick that the cron has not made. What reads policies is above this layer, and puts itself in here. */
  protected async tickItself(_at: number): Promise<void> {}

  async writePolicy(write: PolicyWrite, actor: Actor): Promise<PolicyWritten> {
    return this.#decide((records) => writeAndStop(records, write, actor));
  }

  async newestPolicy(id: string): Promise<PolicyVersion | null> {
    const { digest = null, document = null } = this.#records.versions.newest(id) ?? {};
    return digest === null || document === null ? null : { id, digest, policy: document };
  }

  async versionsToShow(shown: readonly ShownDigest[]): Promise<readonly VersionToShow[]> {
    const now = this.#records.runtime.now();
    return shown.map((one) => versionToShow(this.#records, one, now));
  }

  async policyVersions(
    id: string,
    limit: number,
    before: number | null,
  ): Promise<Page<ListedVersion>> {
    return this.#records.versions.page(id, limit, before);
  }

  async startSweep(
    policy: PolicyVersion,
    actor: Actor,
    idempotency: IdempotencyKey | null,
  ): Promise<StartSweepAnswer> {
    return this.#decide((records) => startSweep(records, policy, actor, idempotency));
  }

  async startPreview(
    request: PreviewRequest,
    actor: Actor,
    idempotency: IdempotencyKey | null,
  ): Promise<PreviewAnswer> {
    return this.#decide((records) => startPreview(records, request, actor, idempotency));
  }

  async standings(policies: readonly PolicyVersion[]): Promise<readonly PolicyStanding[]> {
    return standingsOf(this.#open, policies);
  }

  async sweep(id: string): Promise<SweepReport | null> {
    return this.#records.sweeps.get(id);
  }

  async sweeps(page: PageRequest, policy: string | null): Promise<Page<SweepReport>> {
    return this.#records.sweeps.page(page, policy);
  }

  async approveSweep(
    id: string,
    planDigest: string,
    actor: Actor,
  ): Promise<DecisionAnswer<SweepReport>> {
    return this.#decide((records) => approveSweep(records, id, planDigest, actor));
  }

  async cancelSweep(id: string, actor: Actor): Promise<CancelAnswer<SweepReport>> {
    return this.#decide((records) => cancelSweep(records, id, actor));
  }

  async openErasure(
    request: ErasureRequest,
    actor: Actor,
    idempotency: IdempotencyKey | null,
    delivery: Delivery | null,
  ): Promise<OpenErasureAnswer> {
    const searchable = new Map(
      [...readConfig(this.env).sources].map(([name, source]) => [name, identifierTypesOf(source)]),
    );
    return this.#decide((records) =>
      openErasure(records, searchable, request, actor, idempotency, delivery),
    );
  }

  async erasure(id: string): Promise<ErasureReport | null> {
    return showErasure(this.#open, id);
  }

  async erasures(page: PageRequest, status: ErasureStatus | null): Promise<Page<ErasureReport>> {
    const { data, next_cursor } = this.#records.erasures.page(page, status);
    return {
      data: data.map((stored) => reportOf(stored, this.#records.erasures.parts(stored.head.id))),
      next_cursor,
    };
  }

  async approveErasure(
    id: string,
    planDigest: string,
    actor: Actor,
  ): Promise<DecisionAnswer<ErasureReport>> {
    return this.#decide((records) => approveErasure(records, id, planDigest, actor));
  }

  async approveErasures(ids: readonly string[], digest: string, actor: Actor): Promise<SetAnswer> {
    return this.#decide((records) => approveErasures(records, ids, digest, actor));
  }

  async cancelErasure(id: string, actor: Actor): Promise<CancelAnswer<ErasureReport>> {
    return this.#decide((records) => cancelErasure(records, id, actor));
  }

  async placeHold(...asked: Parameters<RestraintsDesk["place"]>): Promise<PlaceHoldAnswer> {
    return this.#desk.place(...asked);
  }

  async hold(id: string): Promise<HoldReport | null> {
    return this.#desk.hold(id);
  }

  async holds(page: PageRequest): Promise<Page<HoldReport>> {
    return this.#desk.page(page);
  }

  async releaseHold(id: string, actor: Actor): Promise<ReleaseAnswer> {
    return this.#desk.release(id, actor);
  }

  async switchState(): Promise<SwitchReport> {
    return this.#desk.state();
  }

  async turnSwitch(change: SwitchChange, actor: Actor): Promise<SwitchReport> {
    return this.#desk.turn(change, actor);
  }

  async restraints(known: RestraintsMark, running: Running): Promise<RestraintsAnswer> {
    return this.#desk.answer(known, running);
  }

  async findImport(
    idempotency: IdempotencyKey,
  ): Promise<
    { kind: "new" } | { kind: "replayed"; imported: ImportAnswer } | { kind: "conflict" }
  > {
    const known = this.#write((records) =>
      records.idempotency.find(idempotency, this.#runtime.now()),
    );
    return known.kind === "replayed"
      ? { kind: "replayed", imported: JSON.parse(known.answer) as ImportAnswer }
      : known;
  }

  async keepImport(idempotency: IdempotencyKey, imported: ImportAnswer): Promise<void> {
    this.#write((records) =>
      records.idempotency.keep(idempotency, JSON.stringify(imported), this.#runtime.now()),
    );
  }

  async health(): Promise<Health> {
    await this.#records.timers.rearm(this.#runtime.now());
    return healthOf(this.#open);
  }

  async metrics(): Promise<Sample[]> {
    return metricsOf(this.#open);
  }

  /** Takes the news of a Custodian. News that came before, or was overtaken, changes nothing. */
  async deliver(items: readonly NewsItem[]): Promise<void> {
    this.#write((records) => enterNews(records, items));
    // Commands that follow go out by the alarm: the Custodian is still waiting for this answer.
    if (this.#records.commands.sources().length > 0) {
      this.#records.timers.set("commands", this.#runtime.now());
    }
    if (this.#records.timers.earliest() !== null) {
      await this.#records.timers.arm(this.#runtime.now());
    }
  }

  override async alarm(): Promise<void> {
    // Not waited for: no receiver, and no Custodian, that hangs may hold up what others are told.
    this.ctx.waitUntil(this.#callBack());
    this.ctx.waitUntil(this.#desk.resend());
    this.ctx.waitUntil(this.#missTick());
    await this.#courier.send();
  }

  async #missTick(): Promise<void> {
    try {
      if (this.#write(missTick)) {
        await this.tickItself(this.#runtime.now());
      }
    } catch (cause) {
      writeLog("error", "registrar.tick.failed", describeThrown(cause));
    }
  }

  async #callBack(): Promise<void> {
    const due = this.#records.callbacks.earliest();
    if (this.#calling || due === null || due > this.#runtime.now()) {
      return;
    }
    this.#calling = true;
    try {
      await sendCallbacks(
        this.#open,
        (change) => this.#write(change),
        (url, init) => fetch(url, init),
      );
    } catch (cause) {
      writeLog("error", "registrar.callbacks.failed", describeThrown(cause));
    } finally {
      this.#calling = false;
      await this.#records.timers.arm(this.#runtime.now());
    }
  }

  get #open(): Records {
    return { ...this.#records, config: readConfig(this.env), log: writeLog };
  }

  /** Writes, and sends the commands that follow before it answers. */
  async #decide<T>(change: (records: Records) => T): Promise<T> {
    const answer = this.#write(change);
    await this.#courier.send();
    return answer;
  }

  #write<T>(change: (records: Records) => T): T {
    const lines: Parameters<Log>[] = [];
    const log: Log = (...line) => lines.push(line);
    const answer = this.#records.atomically(() => change({ ...this.#open, log }));
    for (const line of lines) {
      writeLog(...line);
    }
    this.ctx.waitUntil(this.#records.timers.rearm(this.#runtime.now()));
    return answer;
  }
}
