import type { Health } from "../core/report/health.ts";
import { DurableObject } from "cloudflare:workers";
import { readConfig } from "../config/config.ts";
import type { SwitchReport } from "../core/report/hold.ts";
import type { ErasureReport } from "../core/report/erasure.ts";
import type { Sample } from "../core/report/metrics.ts";
import type { NewsItem } from "../contract/custodian.ts";
import { describeThrown, writeLog, type Log } from "../platform/log.ts";
import { platform, type Runtime } from "../platform/runtime.ts";
import { openTables, type Records, type Tables } from "./records.ts";
import { Courier } from "./send_commands.ts";
import type {
  RestraintsAnswer,
  RestraintsApi,
  IdempotencyKey,
  ImportDone,
  Page,
  PolicyVersion,
  RegistrarApi,
  ShownDigest,
  Tick,
  TickResult,
  VersionToShow,
} from "../contract/registrar.ts";
import { approveErasure, approveErasures, cancelErasure } from "./erasures/decide.ts";
import { openErasure } from "./erasures/open.ts";
import { reportOf, showErasure } from "./erasures/report.ts";
import { reviewErasures } from "./erasures/review.ts";
import { takenJobs } from "./lost_jobs.ts";
import { sendCallbacks } from "./signals/callbacks.ts";
import {
  endRestraints,
  placeAndSpread,
  releaseAndSpread,
  showHold,
  showHoldNow,
  showHolds,
  turnAndSpread,
} from "./holds/place_and_release.ts";
import { answerRestraints, switchReport } from "./holds/restraints.ts";
import { Spreader } from "./holds/spread.ts";
import { noteActivity } from "./signals/activity.ts";
import { healthOf } from "./signals/health.ts";
import { enterNews } from "./news.ts";
import { versionToShow } from "./policies/current.ts";
import { statesOf } from "./policies/states.ts";
import { standingsOf } from "./policies/standings.ts";
import { startPreview } from "./sweeps/preview.ts";
import { removalsOf } from "./signals/removals.ts";
import { metricsOf } from "./signals/metrics.ts";
import { findSweep } from "./sweeps/fold.ts";
import { approveSweep, cancelSweep } from "./sweeps/decide.ts";
import { runTick, startSweep } from "./sweeps/tick.ts";
import { writeAndStop } from "./sweeps/stop.ts";
import { missTick, watchAgain } from "./sweeps/watch_ticks.ts";

type Asked<Method extends keyof RegistrarApi> = Parameters<RegistrarApi[Method]>;

/** One: the single writer of record. It decides, writes, and tells the Custodians; it calls no source. */
export class Registrar extends DurableObject<Env> implements RegistrarApi, RestraintsApi {
  readonly #runtime: Runtime = platform;
  readonly #records: Tables;
  readonly #spreader: Spreader;
  readonly #courier: Courier;
  #calling = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { storage } = ctx;
    this.#records = openTables(storage, this.#runtime);
    const locate = (source: string) => this.env.CUSTODIAN.getByName(source);
    this.#courier = new Courier(this.#records, locate);
    this.#spreader = new Spreader(() => this.#open, locate);
  }

  async tick(tick: Tick): Promise<TickResult> {
    const result = this.#write((records) => {
      endRestraints(records, tick.tick);
      reviewErasures(records);
      return runTick(records, tick);
    });
    // A Custodian that does not answer about holds must not keep the others asleep.
    await Promise.all([
      this.#courier.send().then(async () => this.#courier.wakeAll(takenJobs(this.#open))),
      this.#spreader.resend(),
    ]);
    return result;
  }

  async tickFailed(tick: number, reason: string, isOwn: boolean): Promise<void> {
    this.#write((records) => {
      records.facts.tick(
        tick,
        [{ id: "*", code: "policy_unread", errors: [{ field: "", message: reason }] }],
        isOwn,
      );
      watchAgain(records, this.#runtime.now());
    });
    await this.#courier.send();
  }

  /** A tick that the cron has not made. What reads policies is above this layer, and puts itself in here. */
  protected async tickItself(_at: number): Promise<void> {}

  async writePolicy(...asked: Asked<"writePolicy">) {
    return this.#decide((records) => writeAndStop(records, ...asked));
  }

  async newestPolicy(id: string): Promise<PolicyVersion | null> {
    const { digest = null, document = null } = this.#records.versions.newest(id) ?? {};
    return digest === null || document === null ? null : { id, digest, policy: document };
  }

  async versionsToShow(shown: readonly ShownDigest[]): Promise<readonly VersionToShow[]> {
    const now = this.#records.runtime.now();
    return shown.map((one) => versionToShow(this.#records, one, now));
  }

  async policyVersions(...asked: Asked<"policyVersions">) {
    return this.#records.versions.page(...asked);
  }

  async startSweep(...asked: Asked<"startSweep">) {
    return this.#decide((records) => startSweep(records, ...asked));
  }

  async startPreview(...asked: Asked<"startPreview">) {
    return this.#decide((records) => startPreview(records, ...asked));
  }

  async policyStates(...asked: Asked<"policyStates">) {
    return statesOf(this.#open, ...asked);
  }

  async standings(...asked: Asked<"standings">) {
    return standingsOf(this.#open, ...asked);
  }

  async sweep(id: string) {
    return findSweep(this.#records, id);
  }

  async sweeps(...asked: Asked<"sweeps">) {
    return this.#records.sweeps.page(...asked);
  }

  async approveSweep(...asked: Asked<"approveSweep">) {
    return this.#decide((records) => approveSweep(records, ...asked));
  }

  async cancelSweep(...asked: Asked<"cancelSweep">) {
    return this.#decide((records) => cancelSweep(records, ...asked));
  }

  async openErasure(...asked: Asked<"openErasure">) {
    return this.#decide((records) => openErasure(records, ...asked));
  }

  async erasure(id: string) {
    return showErasure(this.#open, id);
  }

  async erasures(...[page, filter]: Asked<"erasures">): Promise<Page<ErasureReport>> {
    const now = this.#runtime.now();
    const { data, next_cursor } = this.#records.erasures.page(page, filter, now);
    return {
      data: data.map((stored) => reportOf(stored, this.#records.erasures.parts(stored.head.id))),
      next_cursor,
    };
  }

  async approveErasure(...asked: Asked<"approveErasure">) {
    return this.#decide((records) => approveErasure(records, ...asked));
  }

  async approveErasures(...asked: Asked<"approveErasures">) {
    return this.#decide((records) => approveErasures(records, ...asked));
  }

  async cancelErasure(...asked: Asked<"cancelErasure">) {
    return this.#decide((records) => cancelErasure(records, ...asked));
  }

  async placeHold(...asked: Asked<"placeHold">) {
    return placeAndSpread(this.#open, this.#spreader, ...asked);
  }

  async hold(id: string) {
    return showHold(this.#open, id);
  }

  async holdNow(id: string) {
    return showHoldNow(this.#open, this.#spreader, id);
  }

  async holds(...asked: Asked<"holds">) {
    return showHolds(this.#open, ...asked);
  }

  async releaseHold(...asked: Asked<"releaseHold">) {
    return releaseAndSpread(this.#open, this.#spreader, ...asked);
  }

  async switchState(): Promise<SwitchReport> {
    return switchReport(this.#open);
  }

  async turnSwitch(...asked: Asked<"turnSwitch">) {
    return turnAndSpread(this.#open, this.#spreader, ...asked);
  }

  async restraints(...asked: Parameters<RestraintsApi["restraints"]>): Promise<RestraintsAnswer> {
    return this.#write((records) => answerRestraints(records, ...asked));
  }

  async findImport(idempotency: IdempotencyKey) {
    return this.#write((records) => records.idempotency.find(idempotency, this.#runtime.now()));
  }

  async keepImport({ actor, sources, idempotency, answer }: ImportDone): Promise<void> {
    this.#write((records) => {
      records.idempotency.keep(idempotency, answer, this.#runtime.now());
      for (const source of sources) {
        noteActivity(records, "sessions.imported", source, actor);
      }
    });
  }

  async activity(...asked: Asked<"activity">) {
    return this.#records.activity.page(...asked);
  }

  async health(): Promise<Health> {
    await this.#records.timers.rearm(this.#runtime.now());
    return healthOf(this.#open);
  }

  async removals(...[request]: Asked<"removals">) {
    return removalsOf(this.#open, request);
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
    this.ctx.waitUntil(this.#spreader.resend());
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
