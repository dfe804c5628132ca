import { ENDED_SWEEPS, WAITING_SWEEPS, type SweepReport } from "../../src/core/report/sweep.ts";
import { isEmptyTick } from "../../src/core/rule/empty_tick.ts";
import type { ApiClient } from "./client.ts";

const MINUTE_MS = 60_000;
const FIRST_POLL_MS = 200;
const SLOWEST_POLL_MS = 2000;
const LIST_LIMIT = 100;

/** How the loop reaches the world. */
export interface TickWorld {
  readonly client: Pick<ApiClient, "get">;
  /** Fires the tick named by a time, in epoch milliseconds. */
  fire(scheduledTime: number): Promise<void>;
  /** Called once, after the first tick. */
  afterFirst(): Promise<void>;
  /**
   * Told once when a sweep comes to wait, once when it goes on after that, once when it has ended, and each
   * minute of one that is under way. Not told of a tick whose sweeps all found nothing to do.
   */
  show(sweep: SweepReport): void;
  /** Looks at what is not a sweep, and shows what has changed. */
  look(): Promise<void>;
  /** Told of what went wrong in one tick; the next minute tries again. */
  complain(error: unknown): void;
  /** Told of each tick when the next is near. */
  ticked(scheduledTime: number): void;
  now(): number;
  /** Ends early, without an error, when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/**
 * Fires the tick at once and then at each full minute, as the platform's one cron would, and shows every
 * sweep that did something when it has ended. Returns when the signal is aborted.
 */
export async function runTicks(world: TickWorld, signal: AbortSignal): Promise<void> {
  const ended = (await listSweeps(world.client)).filter(({ status }) => ENDED_SWEEPS.has(status));
  const shown = new Map<string, string>(ended.map(({ id, status }) => [id, status]));
  let tick = world.now();
  let isFirst = true;
  while (!signal.aborted) {
    const next = Math.floor(tick / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
    try {
      await world.fire(tick);
      const show = showing(world, isFirst);
      if (isFirst) {
        isFirst = false;
        await world.afterFirst();
      }
      await follow({ ...world, show }, shown, next, signal);
    } catch (error) {
      if (!signal.aborted) {
        world.complain(error);
      }
    }
    if (!signal.aborted) {
      world.ticked(tick);
    }
    await world.sleep(next - world.now(), signal);
    // A machine that slept wakes up late: the ticks it missed are not made up for.
    tick = Math.max(next, Math.floor(world.now() / MINUTE_MS) * MINUTE_MS);
  }
}

/**
 * Shows the sweeps of one tick. Those that found nothing to do wait for one that did; a first tick shows them
 * all, so that there is something to see.
 */
function showing(world: TickWorld, isFirst: boolean): TickWorld["show"] {
  const empty: SweepReport[] = [];
  let isAtWork = isFirst;
  return (sweep) => {
    if (!isAtWork && isEmptyTick(sweep)) {
      empty.push(sweep);
      return;
    }
    isAtWork = true;
    for (const one of [...empty.splice(0), sweep]) {
      world.show(one);
    }
  };
}

/**
 * Until the next tick is near: shows sweeps as they come to wait or end, at last how far the others have
 * come, and whatever else changes. `shown` holds the status that each was last shown with.
 */
async function follow(
  world: TickWorld,
  shown: Map<string, string>,
  until: number,
  signal: AbortSignal,
): Promise<void> {
  let pause = FIRST_POLL_MS;
  let isLast = false;
  while (!signal.aborted && !isLast) {
    isLast = world.now() + pause >= until;
    const sweeps = await listSweeps(world.client);
    for (const sweep of sweeps.filter(({ id, status }) => shown.get(id) !== status).toReversed()) {
      if (isSettled(sweep)) {
        shown.set(sweep.id, sweep.status);
        world.show(sweep);
      } else if (isLast || WAITING_SWEEPS.has(shown.get(sweep.id) ?? "")) {
        shown.delete(sweep.id);
        world.show(sweep);
      }
    }
    await world.look();
    if (!isLast) {
      await world.sleep(pause, signal);
      pause = Math.min(pause * 1.5, SLOWEST_POLL_MS);
    }
  }
}

async function listSweeps(client: Pick<ApiClient, "get">): Promise<readonly SweepReport[]> {
  const page = (await client.get(`/v1/sweeps?limit=${LIST_LIMIT}`)) as {
    data: readonly SweepReport[];
  };
  return page.data;
}

function isSettled({ status }: SweepReport): boolean {
  return WAITING_SWEEPS.has(status) || ENDED_SWEEPS.has(status);
}

/** Fires the scheduled handler of a local Worker. `scheduledTime` is epoch milliseconds. */
export async function fireTick(
  url: string,
  scheduledTime: number,
  fetcher: typeof fetch,
): Promise<void> {
  const query = new URLSearchParams({
    cron: "* * * * *",
    time: String(scheduledTime),
    format: "json",
  });
  const answer = await fetcher(`${url}/cdn-cgi/handler/scheduled?${query.toString()}`, {
    signal: AbortSignal.timeout(MINUTE_MS),
  });
  const text = await answer.text();
  if (!answer.ok || !text.includes('"ok"')) {
    throw new Error(`the tick answered ${answer.status}: ${text.slice(0, 500)}`);
  }
}
