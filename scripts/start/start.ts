import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { SweepReport } from "../../src/core/report/sweep.ts";
import { parseConfig, type Config } from "../../src/config/config.ts";
import { DEFAULT_WORKSPACE } from "../../src/config/keys.ts";
import { goodBye } from "./screen/advice.ts";
import { DEFAULT_STATE, Refusal, type StartArguments } from "./arguments.ts";
import { apiClient, type ApiClient } from "./client.ts";
import { createDemoData } from "./demo/demo_data.ts";
import { loadRecords } from "./demo/load_demo.ts";
import { takeLock } from "./lock.ts";
import { paintFor } from "./screen/paint.ts";
import { paperOn, type Paper } from "./screen/paper.ts";
import { loadPolicies, readShipped } from "./policies.ts";
import { claimPort } from "./port.ts";
import { createScreen, isHeldBack, type Screen } from "./screen/screen.ts";
import { watchOthers } from "./screen/others.ts";
import { openState, readMemory, writeMemory, type StateFolder } from "./state.ts";
import { targetsOf } from "./targets.ts";
import { fireTick, runTicks } from "./ticks.ts";
import { prepareVariables, type Prepared } from "./variables.ts";
import { startWorker, type RunningWorker } from "./worker.ts";
import { applyMigrations, queryStore } from "./wrangler.ts";

const POLICIES = join(import.meta.dirname, "../../policies");

/** Starts the Worker on a state folder and runs its ticks until the signal is aborted. */
export async function start(args: StartArguments, signal: AbortSignal): Promise<void> {
  const paper = paperOn(process.stdout, process.env);
  const state = await openState(args.state);
  const lock = await takeLock(state.path);
  let worker: RunningWorker | null = null;
  const sayStopping = (): void =>
    paper.line("stopping: what is under way goes on at the next start");
  signal.addEventListener("abort", sayStopping, { once: true });
  try {
    signal.throwIfAborted();
    const port = await claimPort(args.port);
    const prepared = await prepareVariables(args, state);
    const config = readConfigOrRefuse(prepared);
    await applyMigrations(state);
    const demo = await sourcesToFill(state, config);
    signal.throwIfAborted();
    worker = await startWorker({
      state,
      port,
      run: lock.run,
      verbose: args.verbose,
      rest: args.rest,
      onGroup: (group) => lock.setGroup(group),
    });
    await show(worker, { state, prepared, config, demo, paper }, signal);
  } finally {
    await worker?.stop();
    await lock.release();
    signal.removeEventListener("abort", sayStopping);
    if (signal.aborted) {
      const option = args.state === DEFAULT_STATE ? null : args.state;
      for (const line of goodBye(shortPath(state.path), option)) {
        paper.line(line);
      }
    }
  }
}

interface Run {
  readonly state: StateFolder;
  readonly prepared: Prepared;
  readonly config: Config;
  /** Embedded sources to load demonstration data into. */
  readonly demo: readonly string[];
  readonly paper: Paper;
}

async function show(
  worker: RunningWorker,
  { state, prepared, config, demo, paper }: Run,
  signal: AbortSignal,
): Promise<void> {
  const { url } = worker;
  const shipped = await readShipped(POLICIES);
  const client = apiClient(url, prepared.run_key, fetch);
  const targets = targetsOf(config.sources, prepared.variables);
  const paint = paintFor(process.stdout.isTTY, process.env);
  const screen = createScreen(paper, paint, [...shipped.keys()]);
  screen.running(url);
  const memory = await readMemory(state);
  if (prepared.own_key !== null && !memory.key_shown) {
    screen.newKey(prepared.own_key, shortPath(state.key_file));
    await writeMemory(state, { ...memory, key_shown: true });
  }
  screen.sources(targets);
  const outcomes = await loadPolicies(
    shipped,
    targets,
    await readMemory(state),
    (changed) => writeMemory(state, changed),
    client,
  );
  screen.policies(outcomes, url);
  await fill(demo, state, client, screen);
  screen.next(url, {
    file: shortPath(state.key_file),
    counts: prepared.own_key !== null,
    is_there: existsSync(state.key_file),
  });

  const crash = new AbortController();
  void worker.ended.then(() => crash.abort());
  const world = {
    client,
    fire: (scheduledTime: number) => fireTick(url, scheduledTime, fetch),
    // A live source is looked at by the hour: the first look is now, so that there is something to see.
    afterFirst: async () => {
      for (const { id } of outcomes.filter(isHeldBack)) {
        await client.post("/v1/sweeps", { policy: id });
      }
    },
    show: (sweep: SweepReport) => screen.sweep(sweep, new Date()),
    look: watchOthers(client, (line) => screen.other(line, new Date())),
    complain: (error: unknown) => screen.complain(error, shortPath(state.log_file), new Date()),
    ticked: (scheduledTime: number) => screen.ticked(new Date(scheduledTime)),
    now: Date.now,
    sleep,
  };
  await runTicks(world, AbortSignal.any([signal, crash.signal]));
  if (crash.signal.aborted && !signal.aborted) {
    throw new Refusal(`the Worker ended by itself: see ${shortPath(state.log_file)}`);
  }
}

function readConfigOrRefuse({ variables }: Prepared): Config {
  const config = parseConfig(variables);
  if (config.problems.length > 0) {
    const lines = config.problems.map(({ field, message }) => `  ${field}: ${message}`);
    throw new Refusal(`the variables are not right:\n${lines.join("\n")}`);
  }
  return config;
}

/** Demonstration data goes into an embedded source that is empty and was never filled, and only there. */
async function sourcesToFill(state: StateFolder, config: Config): Promise<readonly string[]> {
  const { demo_loaded } = await readMemory(state);
  const wanted = [...config.sources.values()].filter(
    ({ name, endpoint }) => endpoint === null && !(name in demo_loaded),
  );
  if (wanted.length === 0) {
    return [];
  }
  const [filled] = await queryStore(
    state,
    `SELECT EXISTS (SELECT 1 FROM client_sessions) AS client_sessions,
            EXISTS (SELECT 1 FROM agent_sessions) AS agent_sessions`,
  );
  return wanted.map(({ name }) => name).filter((name) => filled?.[name] === 0);
}

async function fill(
  sources: readonly string[],
  state: StateFolder,
  client: ApiClient,
  screen: Screen,
): Promise<void> {
  if (sources.length === 0) {
    return;
  }
  const now = Date.now();
  const records = createDemoData(now, DEFAULT_WORKSPACE);
  screen.loaded(
    await loadRecords(
      records.filter(({ source }) => sources.includes(source)),
      client,
    ),
  );
  const memory = await readMemory(state);
  const loadedAt = new Date(now).toISOString();
  const loaded = Object.fromEntries(sources.map((name) => [name, loadedAt]));
  await writeMemory(state, { ...memory, demo_loaded: { ...memory.demo_loaded, ...loaded } });
}

/** Relative where that is shorter: as a person would type it. */
function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") || short === "" ? path : short;
}

/** Sleeps, or returns early when the signal is aborted: nothing else can go wrong with it. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await wait(Math.max(0, ms), undefined, { signal }).catch(() => undefined);
}
