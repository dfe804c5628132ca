import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { NO_FLOORS, type Floors } from "../../src/core/policy/floors.ts";
import { deriveKeyring } from "../../src/core/values/hash.ts";
import { Policy } from "../../src/core/policy/policy.ts";
import type {
  RestraintsStored,
  SweepNews,
  SweepOrder,
  ExplainAnswer,
  ExplainRequest,
} from "../../src/contract/custodian.ts";
import { explainSession } from "../../src/custodian/answers/explain.ts";
import { Facts } from "../../src/custodian/tables/facts.ts";
import { Restraints, WorkRestraints } from "../../src/custodian/holds/restraints.ts";
import type { Job, Jobs } from "../../src/custodian/tables/jobs.ts";
import { Meter } from "../../src/custodian/pace/meter.ts";
import { newsOf } from "../../src/custodian/record/news.ts";
import { PaceTable } from "../../src/custodian/tables/pace.ts";
import type { Plan } from "../../src/custodian/tables/plan/plan.ts";
import type { PlanRow } from "../../src/custodian/tables/plan/row.ts";
import type { Outcomes } from "../../src/custodian/tables/plan/outcomes.ts";
import { openKeyed } from "../../src/custodian/tables/keyed.ts";
import { openRows } from "../../src/custodian/tables/rows.ts";
import { Repeats } from "../../src/custodian/tables/plan/repeats.ts";
import { runSlice } from "../../src/custodian/engine/slice.ts";
import { SourcePace } from "../../src/custodian/pace/source_pace.ts";
import { dropRowsOf } from "../../src/custodian/tables/schema.ts";
import { obeyRestraints } from "../../src/custodian/engine/late_restraints.ts";
import type { Work } from "../../src/custodian/job/work.ts";
import { Timers } from "../../src/platform/timers.ts";
import type { Runtime } from "../../src/platform/runtime.ts";
import type { Source } from "../../src/sources/source.ts";
import { countedSql, type Touched } from "./counted_sql.ts";

/** The steps of one Custodian over its real tables, under a clock and a source of the test's own. */
export interface Harness {
  /** Epoch milliseconds; sleeping moves it on. */
  now: number;
  source: Source;
  /** Which account answers. */
  fingerprint: string;
  readonly jobs: Jobs;
  readonly sql: SqlStorage;
  readonly plan: Plan;
  readonly outcomes: Outcomes;
  /** Holds and switch, and whether the Registrar confirms them in each slice. */
  restraints: Restraints;
  /** Forgets what only the memory of the object knew, as a crash does. */
  restart(): void;
  /** What the object answers the Registrar once it obeys. */
  obey(since: number): Promise<RestraintsStored>;
  confirmed: boolean;
  /** What each slice may ask. */
  calls: number;
  perSecond: number | null;
  /** What the deployment asks now. */
  floors: Floors;
  /** Calls that the meter of each slice counted. */
  readonly spent: number[];
  /** How the steps that threw did so. */
  readonly broken: unknown[];
  fetch: typeof fetch;
  /** Runs whenever something has waited for its turn. */
  slept: () => Promise<void>;
  start(id: string, policy: object, tick?: number, more?: Partial<SweepOrder>): void;
  /** Lets a job go on at once, as a command of the Registrar does. */
  wake(id: string): void;
  /** One alarm. `until` ends it early, as a crash does: nothing it was waiting for ever comes. */
  slice(until?: Promise<void>): Promise<void>;
  /** Alarms, each at its time, until no job has one. */
  run(most?: number): Promise<void>;
  /** The newest news of a job. */
  news(id: string): SweepNews;
  /** The statuses that were told, in order. */
  told(id: string): string[];
  rows(): PlanRow[];
  explain(request: ExplainRequest): Promise<ExplainAnswer>;
  /** What the statements touched since this was last asked. */
  touched(): Touched;
}

const NAMES = new Set(["client_sessions"]);

export const keyring = deriveKeyring("a secret for tests, of more than 32 characters");

/** Runs a test inside a Custodian that no configuration knows, with empty tables. */
export async function inCustodian(
  source: (harness: Harness) => Source,
  use: (harness: Harness) => Promise<void>,
): Promise<void> {
  await runInDurableObject(env.CUSTODIAN.getByName("harness"), async (_instance, state) => {
    const { sql } = state.storage;
    for (const table of [
      "jobs",
      "plan",
      "staged",
      "forecasts",
      "newest_candidates",
      "differences",
      "newest",
      "family",
      "lineage",
      "batches",
      "activity",
      "resting",
      "removals",
      "removal_stretches",
      "removal_jobs",
      "pace",
      "facts",
      "done",
      "restraints",
      "held_back",
      "timers",
    ]) {
      sql.exec(`DELETE FROM ${table}`);
    }
    const counted = countedSql(sql);
    const harness = createHarness(state.storage, counted.sql, counted.touched);
    harness.source = source(harness);
    await use(harness);
  });
}

function createHarness(
  storage: DurableObjectStorage,
  sql: SqlStorage,
  touched: () => Touched,
): Harness {
  const rows = openRows(sql);
  const { jobs, plan, outcomes } = rows;
  const timers = new Timers(storage);
  const told: SweepNews[] = [];
  let rounds = 0;
  const runtime: Runtime = {
    now: () => harness.now,
    random: () => 0.5,
    randomBytes: (length) => new Uint8Array(length).fill(rounds++ % 256),
    sleep: async (ms) => {
      harness.now += ms;
      await harness.slept();
    },
  };

  function openWork(): Work {
    return {
      source: harness.source,
      source_name: "client_sessions",
      fingerprint: harness.fingerprint,
      floors: harness.floors,
      runtime,
      meter: new Meter(
        runtime,
        new SourcePace(new PaceTable(sql)),
        {
          per_second: harness.perSecond,
          calls: harness.calls,
          width: harness.source.capabilities.concurrency,
          until: harness.now + 25_000,
        },
        {
          fetch: async (input, init) => harness.fetch(input, init),
          ping: async (turn) => harness.source.ping(turn),
        },
      ),
      facts: new Facts(sql),
      repeats: new Repeats(),
      ...rows,
      ...openKeyed(sql, keyring, runtime.randomBytes, harness.fingerprint),
      names: NAMES,
      restraints: new WorkRestraints(harness.restraints, NAMES, harness.confirmed, runtime.now),
      settle_seconds: 10,
      shared_children: false,
      dropRows: (job, what) => dropRowsOf(sql, job, what),
      wake: (id) => timers.set(`job:${id}`, harness.now),
      commit: (job, change) =>
        storage.transactionSync(() => {
          change();
          jobs.save(job);
        }),
      atomically: (change) => storage.transactionSync(change),
    };
  }

  const waits = (job: Job, until: number | null): void => {
    if (until !== null && until < harness.now) {
      throw new Error("a job that waits for a time that is past asks again without a pause");
    }
    return until === null ? timers.clear(`job:${job.id}`) : timers.set(`job:${job.id}`, until);
  };

  const harness: Harness = {
    now: Date.UTC(2026, 7, 1),
    source: undefined as unknown as Source,
    fingerprint: "an account",
    jobs,
    sql,
    plan,
    outcomes,
    restraints: new Restraints(sql),
    restart() {
      harness.restraints = new Restraints(sql);
    },
    obey: async (since) => obeyRestraints(harness.restraints, openWork(), since),
    confirmed: true,
    calls: 900,
    perSecond: null,
    floors: NO_FLOORS,
    spent: [],
    broken: [],
    fetch: async () => new Response(),
    slept: async () => undefined,
    start(id, policy, tick = harness.now, more = {}) {
      const read = Policy.parse({ source: "client_sessions", mode: "enforce", ...policy });
      const order = {
        kind: "sweep",
        id,
        policy_id: "p",
        policy_digest: "d",
        policy: read,
        tick,
        ...more,
      } as const;
      jobs.add(order);
      timers.set(`job:${id}`, harness.now);
    },
    wake: (id) => timers.set(`job:${id}`, harness.now),
    async slice(until) {
      const work = openWork();
      const done = runSlice(work, {
        moved: (job) => {
          told.push(newsOf(job, "client_sessions", []) as SweepNews);
          if (job.progress.phase === "ended") {
            timers.clear(`job:${job.id}`);
            jobs.finish(job, harness.now);
          }
        },
        waits,
        broke: (_job, cause) => harness.broken.push(cause),
      });
      await (until === undefined ? done : Promise.race([done, until]));
      harness.spent.push(work.meter.calls);
    },
    async run(most = 2000) {
      for (let turn = 0; turn < most; turn++) {
        const at = timers.earliest();
        if (at === null) {
          return;
        }
        harness.now = Math.max(harness.now, at);
        await harness.slice();
      }
      throw new Error("the jobs do not come to an end");
    },
    news(id) {
      const last = told.findLast((one) => one.id === id);
      if (last === undefined) {
        throw new Error(`nothing was told of ${id}`);
      }
      return last;
    },
    told: (id) => told.filter((one) => one.id === id).map(({ status }) => status),
    touched,
    rows: () => plan.page(1, 0, 100_000),
    explain: async (request) => explainSession(openWork(), NO_FLOORS, request),
  };
  return harness;
}
