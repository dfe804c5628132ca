import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { before, parseDuration, type Duration } from "../../src/core/values/duration.ts";
import type { Threshold } from "../../src/core/rule/due.ts";
import { deriveKeyring } from "../../src/core/values/hash.ts";
import { err, ok, type Result } from "../../src/core/values/result.ts";
import type { Clock, Session } from "../../src/core/session/session.ts";
import { d1Provider } from "../../src/sources/d1/provider.ts";
import type { Fault } from "../../src/sources/fault.ts";
import type { SourceConfig } from "../../src/sources/provider.ts";
import type { BatchSource, Query, Source, Turn } from "../../src/sources/source.ts";

/** Every clock of these tests is a number of minutes around it. */
export const NOW = Date.UTC(2026, 7, 1);
export const WORKSPACE = "b887bf84-9849-4454-a562-cf84293d9781";

export const store = env.STORE;

/** Creates the tables, and empties them: storage is kept from test to test within a file. */
export async function emptyStore(): Promise<void> {
  await applyD1Migrations(store, inject("migrations"));
  const tables = ["client_sessions", "agents", "agent_sessions", "agent_events", "removal_batches"];
  await store.batch(tables.map((table) => store.prepare(`DELETE FROM ${table}`)));
}

/** A turn that counts the queries and has only so many. */
export function countingTurn(most = Infinity): Turn & { spent: number } {
  const turn = {
    spent: 0,
    fetch: async (): Promise<never> => {
      throw new Error("the embedded store is not on the network");
    },
    spend(queries: number): Result<void, Fault> {
      if (turn.spent + queries > most) {
        return err({ kind: "exhausted", until: NOW, detail: "no more queries" });
      }
      turn.spent += queries;
      return ok(undefined);
    },
    ended(): void {},
  };
  return turn;
}

export function openStore(
  kind: SourceConfig["kind"],
  changes: Partial<SourceConfig> = {},
  db: D1Database = store,
): BatchSource {
  const config: SourceConfig = {
    name: kind,
    provider: "d1",
    kind,
    endpoint: null,
    credential: null,
    per_second: null,
    settle_seconds: 10,
    person_paths: ["user_identifier_key", "user_id"],
    shared_children: false,
    ...changes,
  };
  const source = d1Provider.open(config, {
    store: db,
    keyring: deriveKeyring("a secret for tests, of more than 32 characters"),
    now: () => NOW,
  });
  if (source.removes !== "by_batch") {
    throw new Error("the embedded store takes batches");
  }
  return source;
}

export function threshold(clock: Clock, after: string): Threshold {
  const parsed = parseDuration(after);
  if (!parsed.ok) {
    throw new Error(parsed.error);
  }
  const duration: Duration = parsed.value;
  return { clock, at: before(NOW, duration), after: duration };
}

/** Every page of what a source answers page by page. */
export async function pagesOf<Page extends { readonly next: string | null }>(
  ask: (cursor: string | null) => Promise<Result<Page, Fault>> | undefined,
): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | null = null;
  do {
    const page: Result<Page, Fault> | undefined = await ask(cursor);
    if (page === undefined || !page.ok) {
      throw new Error(`no page: ${JSON.stringify(page)}`);
    }
    pages.push(page.value);
    cursor = page.value.next;
  } while (cursor !== null);
  return pages;
}

/** Every page of a list. */
export async function listed(
  source: Source,
  query: Query,
): Promise<{ sessions: Session[]; pages: number }> {
  const sessions: Session[] = [];
  const pages = await pagesOf(async (cursor) =>
    source.list(query, cursor, (rows) => sessions.push(...rows), countingTurn()),
  );
  return { sessions, pages: pages.length };
}

export interface ClientRow {
  readonly id: string;
  readonly workspace?: string;
  /** Minutes from NOW; null is undated. */
  readonly expires?: number | null;
  readonly created?: number | null;
  readonly version?: number;
  readonly record?: Readonly<Record<string, unknown>>;
}

export async function addClients(rows: readonly ClientRow[]): Promise<void> {
  const values = rows.map((row) => [
    row.workspace ?? WORKSPACE,
    row.id,
    at(row.created),
    at(row.expires),
    row.record?.["user_identifier_key"] ?? null,
    row.version ?? 1,
    JSON.stringify({ client_session_id: row.id, ...row.record }),
  ]);
  await store
    .prepare(
      `INSERT INTO client_sessions (workspace_id, client_session_id, created_at, expires_at,
         user_identifier_key, version, record)
       SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
       FROM json_each(?)`,
    )
    .bind(JSON.stringify(values))
    .run();
}

function at(minutes: number | null | undefined): number | null {
  return minutes === null || minutes === undefined ? null : NOW + minutes * 60_000;
}

export async function idsIn(table: "client_sessions" | "agent_sessions" | "agent_events") {
  const column = {
    client_sessions: "client_session_id",
    agent_sessions: "session_key",
    agent_events: "event_id",
  }[table];
  const { results } = await store
    .prepare(`SELECT ${column} AS id FROM ${table} ORDER BY 1`)
    .all<{ id: string }>();
  return results.map(({ id }) => id);
}
