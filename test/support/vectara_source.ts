import { err, ok } from "../../src/core/values/result.ts";
import type { Session, SessionRef } from "../../src/core/session/session.ts";
import type { Fault } from "../../src/sources/fault.ts";
import type { SourceConfig } from "../../src/sources/provider.ts";
import type { CallSource, Source, Turn } from "../../src/sources/source.ts";
import { VECTARA_OPTIONS, type VectaraOptions } from "../../src/sources/vectara/client.ts";
import { openVectara } from "../../src/sources/vectara/provider.ts";

/** The key that the fake takes. Its own module runs in Node only. */
const FAKE_KEY = "zut_fake_key";

/** The time at which these tests take place. */
export const NOW = Date.parse("2026-06-01T12:00:00Z");

/** A source on a fake; `config` and `options` change what a test is about. */
export function openOn(
  url: string,
  config: Partial<SourceConfig> = {},
  options: Partial<VectaraOptions> = {},
): CallSource {
  return openVectara(
    {
      name: "agent_sessions",
      provider: "vectara",
      kind: "agent_sessions",
      endpoint: url,
      credential: FAKE_KEY,
      per_second: null,
      settle_seconds: 0,
      person_paths: ["user_identifier_key", "user_id"],
      shared_children: false,
      ...config,
    },
    { now: () => NOW },
    { ...VECTARA_OPTIONS, ...options },
  );
}

/** Limits under which a hanging call fails soon. */
export const HURRIED: Partial<VectaraOptions> = {
  limits: { headers_ms: 150, idle_ms: 150, total_ms: 300, body_bytes: 1_048_576 },
};

/** A turn without pace; after `calls` calls it is exhausted. */
export function openTurn(calls = Infinity): Turn {
  let left = calls;
  return {
    async fetch(url, init) {
      if (left <= 0) {
        return err({ kind: "exhausted", until: NOW, detail: "no more calls in this test" });
      }
      left -= 1;
      try {
        return ok(await fetch(url, init));
      } catch {
        return err({ kind: "unavailable", detail: "the connection failed" });
      }
    },
    spend: () => ok(undefined),
    ended: () => {},
  };
}

/** What a whole walk found. */
export interface Walked {
  readonly sessions: readonly Session[];
  readonly unsearched: readonly string[];
  readonly unreadable: readonly SessionRef[];
  readonly cursors: readonly string[];
  readonly fault: Fault | null;
}

/** Lists to the end, or to the first fault. */
export async function walk(source: Source): Promise<Walked> {
  const sessions: Session[] = [];
  const unsearched: string[] = [];
  const cursors: string[] = [];
  const unreadable: SessionRef[] = [];
  let cursor: string | null = null;
  do {
    const page = await source.list(
      { kind: "all" },
      cursor,
      (rows) => sessions.push(...rows),
      openTurn(),
    );
    if (!page.ok) {
      return { sessions, unsearched, unreadable, cursors, fault: page.error };
    }
    unsearched.push(...(page.value.unsearched ?? []));
    unreadable.push(...(page.value.unreadable?.sessions ?? []));
    cursor = page.value.next;
    cursors.push(...(cursor === null ? [] : [cursor]));
  } while (cursor !== null);
  return { sessions, unsearched, unreadable, cursors, fault: null };
}
