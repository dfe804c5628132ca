import { ok, type Result } from "../../src/core/values/result.ts";
import type { Session } from "../../src/core/session/session.ts";
import type { Fault } from "../../src/sources/fault.ts";
import type {
  Activity,
  BatchSource,
  CallRemoval,
  CallSource,
  Capabilities,
  Removal,
  Source,
  Turn,
} from "../../src/sources/source.ts";

export const DAY = 86_400_000;

type Call = "list" | "read" | "activity" | "remove" | "resolve" | "forget";

/** A source in memory that can be stopped, failed or changed at every one of its calls. */
export type MemorySource = Source & InMemory;

/** What it can do; which of the two kinds it is is said by `removal`. */
export interface MemoryOptions extends Partial<Capabilities> {
  readonly removal?: "reread" | "conditional";
  readonly remove_batch?: number;
  readonly activity_by_session?: boolean;
}

interface InMemory {
  readonly sessions: Map<string, Session>;
  /** Epoch milliseconds of the newest event of a session, where it differs from its clock. */
  readonly active: Map<string, number>;
  /** Ids in the order they went. */
  readonly removed: string[];
  readonly calls: { call: Call; id: string }[];
  /** Runs before (and, for removals, after) the effect of each call; a fault it gives is the answer. */
  before: (call: Call, id: string) => Fault | null | Promise<Fault | null>;
  after: (call: Call, id: string) => Fault | null | Promise<Fault | null>;
}

const BASE: Capabilities = {
  identifiers: [],
  concurrency: 6,
  selective: false,
  has_children: false,
  indexes_people: false,
  not_erased: [],
};

export function session(id: string, expiresAt: number, more: Partial<Session> = {}): Session {
  return {
    scope: "w",
    id,
    clocks: { expires_at: expiresAt, created_at: expiresAt - DAY },
    activity_read: true,
    busy: false,
    person: [],
    parent: null,
    version: 1,
    metadata: null,
    ...more,
  };
}

export function memorySource(
  sessions: readonly Session[],
  changes?: MemoryOptions & { readonly removal?: "reread" },
  page?: number,
): CallSource & InMemory;
export function memorySource(
  sessions: readonly Session[],
  changes: MemoryOptions & { readonly removal: "conditional" },
  page?: number,
): BatchSource & InMemory;
export function memorySource(
  sessions: readonly Session[],
  changes: MemoryOptions,
  page?: number,
): MemorySource;
export function memorySource(
  sessions: readonly Session[],
  {
    removal = "reread",
    remove_batch: batchSize = 1,
    activity_by_session: readsActivity = false,
    ...changes
  }: MemoryOptions = {},
  page = 50,
): MemorySource {
  const stored = new Map(sessions.map((one) => [one.id, one]));
  const batches = new Map<string, number[]>();
  const pass = (): null => null;

  /** Each call costs one; a source over the network would fetch. */
  const use = async (turn: Turn): Promise<Fault | null> => {
    const answer = await turn.fetch("https://memory.test", {});
    return answer.ok ? null : answer.error;
  };

  const source: InMemory & Omit<CallSource, "removes" | "remove"> = {
    capabilities: { ...BASE, ...changes },
    sessions: stored,
    active: new Map(),
    removed: [],
    calls: [],
    before: pass,
    after: pass,
    account: async () => ok("w"),
    async ping(turn) {
      const fault = await use(turn);
      turn.ended(fault?.kind === "unavailable");
      return fault === null ? ok(null) : failed(fault);
    },
    async list(_query, cursor, sink, turn) {
      const fault = (await use(turn)) ?? (await enter("list", cursor ?? ""));
      if (fault !== null) {
        return failed(fault);
      }
      const from = Number(cursor ?? 0);
      const all = [...stored.values()];
      sink(all.slice(from, from + page));
      const late = await source.after("list", cursor ?? "");
      if (late !== null) {
        return failed(late);
      }
      return ok({ next: from + page < all.length ? String(from + page) : null, undated: 0 });
    },
    async read({ id }, turn) {
      const fault = (await use(turn)) ?? (await enter("read", id));
      return fault === null ? ok(stored.get(id) ?? null) : failed(fault);
    },
    countUpTo: async (most) => ok(Math.min(stored.size, most)),
    ...(readsActivity ? { readActivity } : {}),
  };
  return removal === "reread" ? byCall() : byBatch();

  function byCall(): CallSource & InMemory {
    return Object.assign(source, {
      removes: "by_call" as const,
      remove: async ({ id }: { readonly id: string }, turn: Turn): Promise<CallRemoval> => {
        const fault = await use(turn);
        if (fault !== null) {
          return { kind: "failed", fault };
        }
        const early = await enter("remove", id);
        if (early !== null) {
          return { kind: "unknown", fault: early };
        }
        const removed = removeOne(id);
        const late = await source.after("remove", id);
        return late === null ? removed : { kind: "unknown", fault: late };
      },
    });
  }

  function byBatch(): BatchSource & InMemory {
    const batched: Omit<BatchSource, keyof CallSource> & Pick<BatchSource, "removes" | "remove"> = {
      removes: "by_batch",
      batch_size: batchSize,
      async remove(refs, { thresholds }, batch, turn) {
        const name = refs.map(({ id }) => id).join(" ");
        const fault = await use(turn);
        if (fault !== null) {
          return refs.map((): Removal => ({ kind: "failed", fault }));
        }
        const early = await enter("remove", name);
        if (early !== null) {
          return refs.map((): Removal => ({ kind: "unknown", fault: early }));
        }
        if (batches.has(batch)) {
          throw new Error("a batch that was resolved ran");
        }
        const removals: Removal[] = [];
        const gone: number[] = [];
        for (const ref of refs) {
          const now = stored.get(ref.id);
          const due =
            thresholds?.some(({ clock, at }) => (now?.clocks[clock] ?? Infinity) <= at) ?? true;
          if (now === undefined) {
            removals.push({ kind: "absent" });
          } else if (now.version === ref.version && due) {
            removals.push(removeOne(ref.id));
            gone.push(ref.seq);
          } else {
            removals.push({ kind: "changed" });
          }
        }
        batches.set(batch, gone);
        const late = await source.after("remove", name);
        return late === null
          ? removals
          : refs.map((): Removal => ({ kind: "unknown", fault: late }));
      },
      async readMany(refs, turn) {
        const name = refs.map(({ id }) => id).join(" ");
        const fault = (await use(turn)) ?? (await enter("read", name));
        return fault === null ? ok(refs.map(({ id }) => stored.get(id) ?? null)) : failed(fault);
      },
      async present(refs, turn) {
        const name = refs.map(({ id }) => id).join(" ");
        const fault = (await use(turn)) ?? (await enter("read", name));
        return fault === null ? ok(refs.filter(({ id }) => stored.has(id)).length) : failed(fault);
      },
      async resolve(batch, turn) {
        const fault = (await use(turn)) ?? (await enter("resolve", batch));
        if (fault !== null) {
          return failed(fault);
        }
        const gone = batches.get(batch) ?? [];
        batches.set(batch, gone);
        return ok(gone);
      },
      async forgetBatch(batch, turn) {
        const fault = (await use(turn)) ?? (await enter("forget", batch));
        return fault === null ? ok(undefined) : failed(fault);
      },
    };
    return Object.assign(source, batched);
  }

  async function readActivity(
    { id }: { readonly id: string },
    since: number,
    _cursor: string | null,
    turn: Turn,
  ): Promise<Result<Activity, Fault>> {
    const fault = (await use(turn)) ?? (await enter("activity", id));
    if (fault !== null) {
      return failed(fault);
    }
    const at = source.active.get(id) ?? stored.get(id)?.clocks.last_active_at ?? null;
    return ok(
      at !== null && at > since
        ? ({ kind: "active", at } as const)
        : ({ kind: "idle", last_active_at: at } as const),
    );
  }

  async function enter(call: Call, id: string): Promise<Fault | null> {
    source.calls.push({ call, id });
    return source.before(call, id);
  }

  function removeOne(id: string): CallRemoval {
    if (!stored.delete(id)) {
      return { kind: "absent" };
    }
    source.removed.push(id);
    return { kind: "deleted" };
  }
}

function failed(fault: Fault): Result<never, Fault> {
  return { ok: false, error: fault };
}
