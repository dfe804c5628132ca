import type { Config } from "../../config/config.ts";
import { floorsOf } from "../../config/floors.ts";
import type { Keyring } from "../../core/values/hash.ts";
import type { Runtime } from "../../platform/runtime.ts";
import type { Timers } from "../../platform/timers.ts";
import { fingerprintOf, namesOf, type SourceConfig } from "../../sources/provider.ts";
import type { Source } from "../../sources/source.ts";
import { SLICE_MS } from "./slice.ts";
import { WorkRestraints, type Restraints } from "../holds/restraints.ts";
import type { Work } from "../job/work.ts";
import { Meter } from "../pace/meter.ts";
import type { Share } from "../pace/read_lane.ts";
import type { SourcePace } from "../pace/source_pace.ts";
import type { Facts } from "../tables/facts.ts";
import { openKeyed } from "../tables/keyed.ts";
import type { Repeats } from "../tables/plan/repeats.ts";
import type { Rows } from "../tables/rows.ts";
import { dropRowsOf } from "../tables/schema.ts";

/** What a Custodian holds from one slice to the next. */
interface Holdings {
  readonly storage: DurableObjectStorage;
  readonly runtime: Runtime;
  readonly timers: Timers;
  readonly rows: Rows;
  readonly facts: Facts;
  readonly pace: SourcePace;
  readonly repeats: Repeats;
  readonly restraints: Restraints;
  readonly open: (config: SourceConfig, keyring: Keyring) => Source;
}

/** What a step may touch, by the configuration of now; null: the source, or LETHE_SECRET, is not there. */
export function openWork(
  { storage, runtime, timers, rows, facts, pace, repeats, restraints, open }: Holdings,
  deployed: Config,
  name: string,
  isConfirmed: boolean,
  share?: Share,
): Work | null {
  const { keyring, sources, calls_per_slice: calls } = deployed;
  const config = sources.get(name);
  if (keyring === null || config === undefined) {
    return null;
  }
  const names = namesOf(config, sources.values());
  const source = open(config, keyring);
  const fingerprint = fingerprintOf(config, keyring);
  const meter = new Meter(
    runtime,
    pace,
    {
      per_second: config.per_second,
      calls,
      width: source.capabilities.concurrency,
      until: runtime.now() + SLICE_MS,
      ...(share === undefined ? {} : { share }),
    },
    { fetch: (url, init) => fetch(url, init), ping: async (turn) => source.ping(turn) },
  );
  return {
    source,
    source_name: config.name,
    names,
    fingerprint,
    runtime,
    meter,
    ...rows,
    facts,
    repeats,
    ...openKeyed(storage.sql, keyring, runtime.randomBytes, fingerprint),
    restraints: new WorkRestraints(restraints, names, isConfirmed, runtime.now),
    floors: floorsOf(deployed, config.name),
    settle_seconds: config.settle_seconds,
    shared_children: config.shared_children,
    dropRows: (job, what) => dropRowsOf(storage.sql, job, what),
    wake: (id) => timers.set(`job:${id}`, runtime.now()),
    commit: (job, change) =>
      storage.transactionSync(() => {
        change();
        rows.jobs.save(job);
      }),
    atomically: (change) => storage.transactionSync(change),
  };
}
