import { err, ok } from "../../src/core/values/result.ts";
import type { Session } from "../../src/core/session/session.ts";
import type { Fault } from "../../src/sources/fault.ts";
import type { HttpLimits } from "../../src/sources/http.ts";
import { openSeam, SEAM_LIMITS, type SeamLimits } from "../../src/sources/seam/source.ts";
import type {
  CallRemoval,
  CallSource,
  PlannedRef,
  Query,
  Source,
  Turn,
} from "../../src/sources/source.ts";

/** What the fake takes and shows. Its own module runs in Node only. */
export const FAKE_KEY = "seam_test_fake_key";
export const FAKE_WORKSPACE = "b887bf84-9849-4454-a562-cf84293d9781";

/** The time at which these tests take place. */
export const NOW = Date.parse("2026-06-01T12:00:00Z");

/** Limits of our own under which something that never comes is given up soon. */
export function limitTo(limits: Partial<HttpLimits>): SeamLimits {
  return { call: { ...SEAM_LIMITS.call, ...limits }, list: { ...SEAM_LIMITS.list, ...limits } };
}

/** A turn without pace, which answers lost connections as the contract asks. */
export const TURN: Turn = {
  async fetch(url, init) {
    try {
      return ok(await fetch(url, init));
    } catch {
      return err({ kind: "unavailable", detail: "the connection failed" });
    }
  },
  spend: () => ok(undefined),
  ended: () => {},
};

/** A turn that lets nothing go out. */
export function closedTurn(fault: Fault): Turn {
  return { fetch: async () => err(fault), spend: () => err(fault), ended: () => {} };
}

/** A source on a fake. */
export function openOn(
  url: string,
  limits: SeamLimits = SEAM_LIMITS,
  credential: string | null = FAKE_KEY,
): CallSource {
  return openSeam(
    {
      name: "client_sessions",
      provider: "seam",
      kind: "client_sessions",
      endpoint: url,
      credential,
      per_second: null,
      settle_seconds: 0,
      person_paths: [],
      shared_children: false,
    },
    { now: () => NOW },
    limits,
  );
}

/** Every page of a query: its sessions, the sizes they were handed over in, and its fault if it has one. */
export async function listAll(
  source: Source,
  query: Query = { kind: "all" },
): Promise<{ sessions: Session[]; sizes: number[]; pages: number; fault: Fault | null }> {
  const sessions: Session[] = [];
  const sizes: number[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const take = (some: readonly Session[]): void => {
      sizes.push(some.length);
      sessions.push(...some);
    };
    const page = await source.list(query, cursor, take, TURN);
    if (!page.ok) {
      return { sessions, sizes, pages, fault: page.error };
    }
    pages += 1;
    cursor = page.value.next;
  } while (cursor !== null);
  return { sessions, sizes, pages, fault: null };
}

/** A planned reference to a session of the fake's own workspace. */
export function planned(id: string): PlannedRef {
  return { scope: FAKE_WORKSPACE, id, seq: 1, version: 0 };
}

/** Removes one session. */
export async function removeOne(
  source: CallSource,
  id: string,
  turn: Turn = TURN,
): Promise<CallRemoval> {
  return source.remove(planned(id), turn);
}
