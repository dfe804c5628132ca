import { DurableObject } from "cloudflare:workers";
import { readConfig } from "../config/config.ts";
import { floorsOf } from "../config/floors.ts";
import type { Keyring } from "../core/values/hash.ts";
import type { HoldSelector } from "../core/hold/hold.ts";
import type { SessionRef } from "../core/session/session.ts";
import { Timers } from "../platform/timers.ts";
import { describeThrown, writeLog } from "../platform/log.ts";
import { platform, type Runtime } from "../platform/runtime.ts";
import { openSource } from "../sources/open.ts";
import type { SourceConfig } from "../sources/provider.ts";
import type { Source } from "../sources/source.ts";
import type {
  Command,
  CustodianApi,
  ExplainAnswer,
  ExplainRequest,
  FindAnswer,
  FindRequest,
  HeldBackSession,
  RemoveNowAnswer,
  RestraintsCopy,
  RestraintsStored,
  OwnExpiry,
  PlanPage,
  PlanPageRequest,
  TakenJob,
} from "../contract/custodian.ts";
import { countHeld } from "./answers/count_held.ts";
import { explainSession } from "./answers/explain.ts";
import { findSession } from "./answers/find.ts";
import { Facts } from "./tables/facts.ts";
import { confirmRestraints, confirmSlice } from "./holds/ask_registrar.ts";
import { Restraints } from "./holds/restraints.ts";
import type { Job } from "./tables/jobs.ts";
import { KnownOrders } from "./record/known_order.ts";
import { openWork } from "./engine/open_work.ts";
import { Outbox } from "./tables/outbox.ts";
import { deliverNews } from "./record/deliver.ts";
import { PaceTable } from "./tables/pace.ts";
import { ReadLane, type Share } from "./pace/read_lane.ts";
import { readOwnExpiry } from "./answers/own_expiry.ts";
import { planPage, soughtPage } from "./answers/plan_pages.ts";
import { removeNow } from "./answers/remove_now.ts";
import { Repeats } from "./tables/plan/repeats.ts";
import { openRows, type Rows } from "./tables/rows.ts";
import { DEAD_MAN_MS, RECOVER_MS, runSlice } from "./engine/slice.ts";
import { JobCourse } from "./engine/job_course.ts";
import { tellSlice } from "./engine/signals.ts";
import { SourcePace } from "./pace/source_pace.ts";
import { obeyRestraints } from "./engine/late_restraints.ts";
import { forgetOldRemovals } from "./engine/upkeep.ts";
import { cutoffAhead } from "./job/rule.ts";
import type { Work } from "./job/work.ts";

/** Errors of jobs that wait for the switch, or for the Registrar's word. */
const STOPPED: ReadonlySet<string> = new Set(["paused", "unconfirmed"]);

/** One per source: makes every call to it, and keeps its plans, pace and intents. */
export class Custodian extends DurableObject<Env> implements CustodianApi {
  readonly #runtime: Runtime = platform;
  readonly #timers: Timers;
  readonly #rows: Rows;
  readonly #facts: Facts;
  readonly #outbox: Outbox;
  readonly #orders: KnownOrders;
  readonly #course: JobCourse;
  readonly #pace: SourcePace;
  readonly #restraints: Restraints;
  readonly #reads = new ReadLane(platform, () => this.#workingSince !== null);
  readonly #repeats = new Repeats();
  /** When the slice that is under way began; null: none is. */
  #workingSince: number | null = null;
  #opened: { readonly config: SourceConfig; readonly source: Source } | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    this.#timers = new Timers(ctx.storage);
    this.#rows = openRows(sql);
    this.#facts = new Facts(sql);
    this.#pace = new SourcePace(new PaceTable(sql));
    this.#outbox = new Outbox(sql, this.#facts, this.#runtime.now);
    this.#orders = new KnownOrders(this.#rows.jobs, this.#outbox, this.#timers);
    this.#course = new JobCourse({
      storage: ctx.storage,
      runtime: this.#runtime,
      rows: this.#rows,
      outbox: this.#outbox,
      timers: this.#timers,
    });
    this.#restraints = new Restraints(sql);
    // An alarm may not be told the name.
    if (ctx.id.name !== undefined && this.#facts.get("source") === null) {
      this.#facts.put("source", ctx.id.name);
    }
  }

  /** Takes a command of the Registrar: writes it down, sets the alarm, returns. */
  async command(command: Command): Promise<void> {
    const now = this.#runtime.now();
    const id = command.do === "start" ? command.order.id : command.id;
    if (command.do !== "start") {
      this.#rows.jobs.wish(id, { ...command });
    }
    const isNew = command.do === "start" && this.#rows.jobs.add(command.order);
    if (!isNew && this.#orders.answer(command, this.#name(), now)) {
      return this.#arm();
    }
    this.#timers.set(`job:${id}`, now);
    await this.#arm();
  }

  /** Goes on at once with whatever is due: a tick calls this after a crash, long before the alarm would. */
  async wake(taken: readonly TakenJob[]): Promise<void> {
    const now = this.#runtime.now();
    this.#orders.tellMissing(taken, this.#name(), now);
    this.#timers.recallJobs(now);
    // The slice finds nothing to do, and tells how they stand.
    this.#timers.setJobs(this.#rows.jobs.known.waitingUnknown(taken), now);
    // A clock was wrong when these were planned, and they must end.
    const isAhead = (job: Job) =>
      job.progress.phase === "waiting" && cutoffAhead(job, now) !== null;
    this.#timers.setJobs(this.#idsOf(isAhead), now);
    if (this.#workingSince === null && this.#timers.earliest() !== null) {
      await this.#arm();
    }
  }

  async storeRestraints(
    copy: RestraintsCopy,
    at: number,
    since: number,
  ): Promise<RestraintsStored> {
    if (this.#restraints.store(copy, at)) {
      // A pause may be over: what waits for that looks again.
      const isStopped = ({ progress }: Job) => STOPPED.has(progress.error?.code ?? "");
      this.#timers.setJobs(this.#idsOf(isStopped), this.#runtime.now());
      await this.#arm();
    }
    this.#rows.held_back.keepOnly(this.#restraints.copy.holds.map(({ id }) => id));
    return obeyRestraints(this.#restraints, this.#openWork(true), since);
  }

  async ownExpiry(ref: SessionRef, clear: boolean): Promise<OwnExpiry> {
    return readOwnExpiry(this.#openWork(true), ref, clear);
  }

  async countHeld(selector: HoldSelector): Promise<number | null> {
    const counted = await this.#reads.run(async () =>
      countHeld(this.#openWork(true, this.#reads), selector),
    );
    return typeof counted === "number" ? counted : null;
  }

  async heldBack(hold: string): Promise<readonly HeldBackSession[]> {
    return this.#rows.held_back.of(hold);
  }

  /** Removes one session for a caller of the embedded store, and answers when it is done. */
  async removeNow(ref: SessionRef): Promise<RemoveNowAnswer> {
    const work = this.#openWork(await confirmRestraints(this.#restraints, this.env, this.#name()));
    // Only the embedded store has a caller who removes, and that takes batches.
    if (work?.source.removes !== "by_batch") {
      return { kind: "unavailable" };
    }
    const removal = await removeNow(work, work.source, ref);
    forgetOldRemovals(this.ctx.storage.sql, this.#timers, this.#runtime.now());
    return removal;
  }

  /** One page of a sweep's plan, whether it waits, removes, or is a preview that is kept. */
  async planPage(sweep: string, page: PlanPageRequest): Promise<PlanPage> {
    return planPage(this.#rows, sweep, page, this.#runtime.now());
  }

  async soughtPage(...[erasure, page]: Parameters<CustodianApi["soughtPage"]>) {
    return soughtPage(this.#rows, erasure, page, this.#runtime.now());
  }

  /** Tells what becomes, or became, of one session, read as it is now: callers have a share of the pace. */
  async explain(request: ExplainRequest): Promise<ExplainAnswer> {
    const floors = floorsOf(readConfig(this.env), this.#name());
    return this.#reads.run(async () => {
      const isConfirmed = await confirmRestraints(this.#restraints, this.env, this.#name());
      return explainSession(this.#openWork(isConfirmed, this.#reads), floors, request);
    });
  }

  /** Tells where a session is of which only the id is known, with the callers' share of the pace. */
  async find(request: FindRequest): Promise<FindAnswer> {
    return this.#reads.run(async () => findSession(this.#openWork(true, this.#reads), request));
  }

  override async alarm(): Promise<void> {
    const now = this.#runtime.now();
    const since = this.#workingSince;
    // Two slices at once would plan, remove and record by the same rows. One that never returns is taken over.
    if (since !== null && Math.abs(now - since) < DEAD_MAN_MS) {
      return this.ctx.storage.setAlarm(now + DEAD_MAN_MS);
    }
    this.#workingSince = now;
    this.#timers.clear("recover");
    let pause = 0;
    try {
      await this.ctx.storage.setAlarm(now + DEAD_MAN_MS);
      const work = this.#openWork(
        await confirmSlice(this.#restraints, this.env, this.#name(), this.#rows.jobs, this.#timers),
      );
      if (work === null) {
        // Without its source or LETHE_SECRET nothing can be removed: every job ends and says so.
        await this.#course.failAll(this.#name());
      } else {
        const [startedAt, before] = [this.#runtime.now(), work.meter.reading()];
        const done = await runSlice(work, this.#course.events(work));
        if (done.jobs > 0) {
          tellSlice(work, done, startedAt, before, this.env);
          this.#outbox.put({ kind: "source", reading: work.meter.reading() });
        }
      }
      await this.#deliver();
      forgetOldRemovals(this.ctx.storage.sql, this.#timers, this.#runtime.now());
    } catch (cause) {
      // Thrown alarms are retried six times and then never again: note it, and re-arm by ourselves.
      const about = { source: this.#name(), ...describeThrown(cause) };
      writeLog("error", "custodian.alarm.failed", about);
      pause = RECOVER_MS;
      this.#timers.set("recover", this.#runtime.now() + pause);
    } finally {
      // One that was taken over, and returns after all, ends no slice but its own.
      this.#workingSince = this.#workingSince === now ? null : this.#workingSince;
      await this.#arm(pause);
    }
  }

  #openWork(isConfirmed: boolean, share?: Share): Work | null {
    return openWork(
      {
        storage: this.ctx.storage,
        runtime: this.#runtime,
        timers: this.#timers,
        rows: this.#rows,
        facts: this.#facts,
        pace: this.#pace,
        repeats: this.#repeats,
        restraints: this.#restraints,
        open: (config, keyring) => this.#sourceOf(config, keyring),
      },
      readConfig(this.env),
      this.#name(),
      isConfirmed,
      share,
    );
  }

  /** One source for as long as its configuration stands: it learns its batch size as it goes. */
  #sourceOf(config: SourceConfig, keyring: Keyring): Source {
    if (this.#opened?.config !== config) {
      const source = openSource(config, {
        store: this.env.STORE,
        keyring,
        now: this.#runtime.now,
      });
      this.#opened = { config, source };
    }
    return this.#opened.source;
  }

  async #deliver(): Promise<void> {
    const again = await deliverNews(this.#outbox, this.env, this.#name());
    if (again === null) {
      this.#timers.clear("outbox");
    } else {
      this.#timers.set("outbox", this.#runtime.now() + again);
    }
  }

  #idsOf(which: (job: Job) => boolean): string[] {
    return this.#rows.jobs
      .all()
      .filter(which)
      .map(({ id }) => id);
  }

  async #arm(pause = 0): Promise<void> {
    if (this.#workingSince === null) {
      await this.#timers.arm(this.#runtime.now() + pause);
    }
  }

  #name(): string {
    return this.#facts.get("source") ?? this.ctx.id.name ?? "";
  }
}
