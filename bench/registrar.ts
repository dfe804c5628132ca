import { UNTOLD_PART } from "../src/core/report/erasure.ts";
import { UNTOLD_SWEEP, type SweepReport } from "../src/core/report/sweep.ts";
import { NO_FLOORS } from "../src/core/policy/floors.ts";
import { createId } from "../src/core/values/id.ts";
import { formatTimestamp } from "../src/core/values/timestamp.ts";
import { platform } from "../src/platform/runtime.ts";
import { newHead } from "../src/registrar/erasures/start_part.ts";
import { openTables, type Tables } from "../src/registrar/records.ts";
import { Registrar } from "../src/registrar/registrar.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_HOURS = 168;
/** Over so many days the record is spread. */
const DAYS = 90;
const SOURCE = "client_sessions";

/** What a record is to hold. */
export interface Past {
  readonly now: number;
  readonly policies: readonly string[];
  readonly sweeps: number;
  readonly erasures: number;
  readonly holds: number;
  readonly activity: number;
}

/** One of each, to be looked at. */
export interface Stored {
  readonly sweep: string;
  readonly erasure: string;
}

/** The Registrar as it is, which can be given a past by its own tables. */
export class BenchRegistrar extends Registrar {
  /** Stores a past: all that ended, but for the newest tenth of the erasures and a few sweeps. */
  async remember(past: Past): Promise<Stored> {
    const tables = openTables(this.ctx.storage, platform);
    return tables.atomically(() => {
      noteDays(tables, past);
      addHolds(tables, past);
      addActivity(tables, past);
      return { sweep: addSweeps(tables, past), erasure: addErasures(tables, past) };
    });
  }
}

/** When the nth of some began, the last one now. */
function timeOf(place: number, count: number, now: number): number {
  return now - Math.floor(((count - 1 - place) / count) * DAYS * DAY_MS);
}

/** Every policy was seen, and removed something in each hour of a week and on each day. */
function noteDays(tables: Tables, { policies, now }: Past): void {
  tables.facts.tick(now, [], false);
  for (const policy of policies) {
    tables.gauges.see(policy, SOURCE, now - DAYS * DAY_MS);
    for (let hour = 0; hour < WEEK_HOURS; hour++) {
      tables.removals_by_hour.add(policy, { deleted: 3, renewed: 1 }, now - hour * HOUR_MS);
    }
    for (let day = 0; day < DAYS; day++) {
      const removed = { policy, source: SOURCE, clause: "expires_at PT15M" };
      tables.removals_by_day.add(removed, { deleted: 72, renewed: 2 }, now - day * DAY_MS);
    }
  }
}

/** Answers the id of the newest that has ended. The last five wait for a person. */
function addSweeps(tables: Tables, { policies, sweeps, now }: Past): string {
  let ended = "";
  for (let place = 0; place < sweeps; place++) {
    const at = timeOf(place, sweeps, now);
    const waits = place >= sweeps - 5;
    const id = createId("swp", at, platform.randomBytes);
    const report: SweepReport = {
      ...UNTOLD_SWEEP,
      id,
      policy: policies[place % policies.length] ?? "",
      policy_digest: "d".repeat(64),
      source: SOURCE,
      scopes: null,
      mode: "enforce",
      tick: formatTimestamp(at),
      note: null,
      started_by: null,
      joined_by: [],
      approved_by: [],
      cancelled_by: null,
      stop_reason: null,
      created_at: formatTimestamp(at),
      waits_since: waits ? formatTimestamp(at) : null,
      approval: "none",
      floors: NO_FLOORS,
      trigger: "tick",
      folded: null,
      status: waits ? "braked" : "completed",
      guard: waits ? { code: "brake_items", due: 150, limit: 100 } : null,
      plan_digest: "p".repeat(64),
      counts: { ...UNTOLD_SWEEP.counts, matched: 200, examined: 200, due: 150, planned: 150 },
      dispositions: waits ? {} : { deleted: 147, renewed: 3 },
      backlog: waits ? 150 : 0,
      finished_at: waits ? null : formatTimestamp(at + 60_000),
    };
    tables.sweeps.add(report, at, at);
    tables.sweeps.save(report);
    tables.gauges.noteBacklog(report, at);
    if (!waits) {
      tables.gauges.note(report, true, at);
      ended = id;
    }
  }
  return ended;
}

/** Answers the id of the newest that has ended. */
function addErasures(tables: Tables, { erasures, now }: Past): string {
  let ended = "";
  for (let place = 0; place < erasures; place++) {
    const at = timeOf(place, erasures, now);
    const isOpen = place >= erasures * 0.9;
    const id = createId("ers", at, platform.randomBytes);
    const identifiers = [{ type: "user_identifier_key", value: `person_${place}` }] as const;
    const head = newHead(
      id,
      {
        identifiers,
        sources: null,
        scopes: null,
        regulation: "gdpr",
        requested_at: at,
        reference: `case ${place}`,
        dry_run: false,
      },
      "bench",
      at,
    );
    const state = { proceeded: !isOpen, approved: false, must_ask: false, stopping: null };
    tables.erasures.add({ head, state: { ...state, without: [] } }, identifiers);
    tables.erasures.savePart(
      id,
      {
        source: SOURCE,
        report: { ...UNTOLD_PART, status: isOpen ? "planned" : "done", found: 4 },
        conflict: null,
        account: SOURCE,
        ids_sought: [],
        ids_found: [],
        unsearched: 0,
        plan_digest: null,
        stalled_since: null,
      },
      1,
    );
    if (!isOpen) {
      const end = formatTimestamp(at + HOUR_MS);
      const done = { ...head, status: "completed", finished_at: end } as const;
      tables.erasures.save(done, { ...state, without: [] });
      ended = id;
    }
  }
  return ended;
}

/** Half of them are over. */
function addHolds(tables: Tables, { holds, now }: Past): void {
  for (let place = 0; place < holds; place++) {
    const at = timeOf(place, holds, now);
    const selector = { kind: "session", source: SOURCE, scope: "w", id: `cs_${place}` } as const;
    const id = createId("hld", at, platform.randomBytes);
    tables.holds.add(
      {
        id,
        version: place + 1,
        head: {
          ground: { text: "litigation" },
          owner: "legal",
          public_reason: null,
          reference: `case ${place}`,
          placed_by: "bench",
          placed_at: formatTimestamp(at),
          released_by: null,
          released_at: null,
          warnings: [],
          matches: null,
        },
        target: selector,
        ends_at: place % 2 === 0 ? at + 1 : null,
        review_at: now + 30 * DAY_MS,
        late: {},
        over_in: null,
      },
      selector,
    );
  }
}

function addActivity(tables: Tables, { activity, policies, now }: Past): void {
  for (let place = 0; place < activity; place++) {
    const at = timeOf(place, activity, now);
    tables.activity.add({
      id: createId("act", at, platform.randomBytes),
      at,
      actor: "bench",
      kind: "policy.written",
      object: policies[place % policies.length] ?? "",
      code: null,
    });
  }
}
