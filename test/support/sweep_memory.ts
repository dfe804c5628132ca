import { ok, type Result } from "../../src/core/values/result.ts";
import type { Session } from "../../src/core/session/session.ts";
import type { Fault } from "../../src/sources/fault.ts";
import type { Capabilities, PlannedRef, Removal, Source, Turn } from "../../src/sources/source.ts";

export const DAY = 86_400_000;

type Call = "list" | "read" | "activity" | "remove" | "settle" | "forget";

/** A source in memory that can be stopped, failed or changed at every one of its calls. */
export interface MemorySource extends Source {
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
  clocks: ["expires_at", "last_active_at", "created_at"],
  matches_metadata: true,
  identifiers: [],
  removal: "reread",
  remove_batch: 1,
  concurrency: 6,
  selective: false,
  activity_by_session: false,
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
  changes: Partial<Capabilities> = {},
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

  const source: MemorySource = {
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
    async readMany(refs, turn) {
      const fault = (await use(turn)) ?? (await enter("read", refs.map(({ id }) => id).join(" ")));
      return fault === null ? ok(refs.map(({ id }) => stored.get(id) ?? null)) : failed(fault);
    },
    async readActivity({ id }, since, _cursor, turn) {
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
    },
    async remove(refs, { thresholds }, batch, turn) {
      const name = refs.map(({ id }) => id).join(" ");
      const fault = (await use(turn)) ?? null;
      if (fault !== null) {
        return refs.map((): Removal => ({ kind: "failed", fault }));
      }
      const early = await enter("remove", name);
      if (early !== null) {
        return refs.map((): Removal => ({ kind: "unknown", fault: early }));
      }
      const removals = source.capabilities.removal === "reread" ? refs.map(removeOne) : [];
      if (source.capabilities.removal === "conditional") {
        if (batches.has(batch)) {
          throw new Error("a batch that was settled ran");
        }
        const gone: number[] = [];
        for (const ref of refs) {
          const now = stored.get(ref.id);
          const due =
            thresholds?.some(({ clock, at }) => (now?.clocks[clock] ?? Infinity) <= at) ?? true;
          if (now === undefined) {
            removals.push({ kind: "absent" });
          } else if (now.version === ref.version && due) {
            removals.push(removeOne(ref));
            gone.push(ref.seq);
          } else {
            removals.push({ kind: "changed" });
          }
        }
        batches.set(batch, gone);
      }
      const late = await source.after("remove", name);
      return late === null ? removals : refs.map((): Removal => ({ kind: "unknown", fault: late }));
    },
    async settle(batch, turn) {
      const fault = (await use(turn)) ?? (await enter("settle", batch));
      if (fault !== null) {
        return failed(fault);
      }
      const gone = batches.get(batch) ?? [];
      batches.set(batch, gone);
      return ok(gone);
    },
    holdsAtLeast: async (least) => ok(stored.size >= least),
    async forgetBatch(batch, turn) {
      const fault = (await use(turn)) ?? (await enter("forget", batch));
      return fault === null ? ok(undefined) : failed(fault);
    },
  };

  async function enter(call: Call, id: string): Promise<Fault | null> {
    source.calls.push({ call, id });
    return source.before(call, id);
  }

  function removeOne({ id }: PlannedRef): Removal {
    if (!stored.delete(id)) {
      return { kind: "absent" };
    }
    source.removed.push(id);
    return { kind: "deleted" };
  }

  return source;
}

function failed(fault: Fault): Result<never, Fault> {
  return { ok: false, error: fault };
}
