import { EMPTY_LAG } from "../core/lag.ts";
import type { Timers } from "../durable/timers.ts";
import type { JobOrder } from "./contract.ts";
import { newProgress, type Jobs } from "./jobs.ts";
import { newsOf } from "./news.ts";
import type { Outbox } from "./outbox.ts";

/**
 * Answers an order that comes again when its job has ended and is gone: the Registrar was restored to a moment
 * before it did, and would wait for its end for ever. What it came to is not known here any more.
 */
export function tellKnown(
  jobs: Jobs,
  outbox: Outbox,
  timers: Timers,
  order: JobOrder,
  source: string,
  now: number,
): void {
  if (jobs.byId(order.id) !== null) {
    return;
  }
  const what = order.kind === "sweep" ? "the next sweep plans anew" : "ask for the erasure again";
  const progress = {
    ...newProgress(EMPTY_LAG),
    phase: "ended" as const,
    end_as: order.kind === "sweep" ? "stopped" : "failed",
    error: {
      code: "order_known",
      message: `${source} has carried this out before an object was restored, and what it came to is not known any more: ${what}`,
    },
    finished_at: now,
  };
  outbox.putFirst(newsOf({ no: 0, id: order.id, order, progress, strikes: 0 }, source, []));
  timers.set("outbox", now);
}
