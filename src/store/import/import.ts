import type { Keyring } from "../../core/values/hash.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { findExistingAgentSessions, prepareAgentImport } from "../tables/agent_sessions.ts";
import {
  findStoredClientSessions,
  prepareClientSessionImport,
} from "../tables/client_session_import.ts";
import { readLines, type ImportFault } from "./lines.ts";
import { parseRecord } from "./record.ts";
import {
  toImportRow,
  type AgentImport,
  type ClientImport,
  type ImportRow,
  type RowDeps,
} from "./rows.ts";

/** What an import needs from outside. */
export interface ImportDeps extends Omit<RowDeps, "keyring"> {
  readonly store: D1Database;
  /** Null without LETHE_SECRET: nothing is stored then. */
  readonly keyring: Keyring | null;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Lines that are named for one clock. */
const MOST_LINES = 100;

/** Sessions whose value of a clock cannot be read: they never fall due by it. */
interface Undated {
  readonly count: number;
  /** The first of their lines. */
  readonly lines: readonly number[];
}

/** How many sessions were stored, where, and by which clocks some of them never fall due. */
export interface Imported {
  readonly imported: number;
  /** The names of the sources that they are in. */
  readonly sources: readonly string[];
  readonly undated: Readonly<Record<string, Undated>>;
}

/**
 * Stores whole records, one JSON document a line (`{"source", "session", "events"?}`), all or none.
 * Ids, tokens, timestamps and unknown fields are kept as given, but for times that say their time only by
 * the caller's word: those are written as RFC 3339. An unknown agent is created.
 */
export async function importSessions(
  body: Uint8Array,
  deps: ImportDeps,
): Promise<Result<Imported, ImportFault>> {
  const { keyring } = deps;
  if (keyring === null) {
    const message = "Set the secret LETHE_SECRET.";
    return err({ code: "not_configured", line: null, field: "", message });
  }
  const lines = readLines(body);
  if (!lines.ok) {
    return lines;
  }
  const rows: ImportRow[] = [];
  const sources = new Set<string>();
  for (const line of lines.value) {
    const record = parseRecord(line);
    if (!record.ok) {
      return record;
    }
    const row = toImportRow(record.value, { ...deps, keyring });
    if (!row.ok) {
      return row;
    }
    rows.push(row.value);
    sources.add(record.value.source);
  }
  const repeated = findRepeated(rows);
  return repeated === null ? storeAll(rows, [...sources], deps) : err(repeated);
}

function findRepeated(rows: readonly ImportRow[]): ImportFault | null {
  const lines = new Map<string, number>();
  for (const row of rows) {
    for (const { what, name } of namesOf(row)) {
      const first = lines.get(name);
      if (first !== undefined) {
        return exists(row.line, what, `on line ${first} too`);
      }
      lines.set(name, row.line);
    }
  }
  return null;
}

/** What no two sessions may share. */
function namesOf(one: ImportRow): { readonly what: "id" | "token"; readonly name: string }[] {
  if (one.kind === "agent_sessions") {
    const { agent_key, session_key } = one.session;
    return [{ what: "id", name: JSON.stringify([one.kind, agent_key, session_key]) }];
  }
  const { workspace_id, client_session_id, token_hash } = one.row;
  const id = {
    what: "id",
    name: JSON.stringify([one.kind, workspace_id, client_session_id]),
  } as const;
  return token_hash === null ? [id] : [id, { what: "token", name: token_hash }];
}

async function storeAll(
  rows: readonly ImportRow[],
  sources: readonly string[],
  deps: ImportDeps,
): Promise<Result<Imported, ImportFault>> {
  const stored = await findStored(rows, deps.store);
  if (stored !== null) {
    return err(stored);
  }
  const now = deps.now();
  const statements = [
    ...prepareClientSessionImport(
      deps.store,
      clientsOf(rows).map(({ row }) => row),
      now,
    ),
    ...prepareAgentImport(deps.store, agentsOf(rows), now),
  ];
  if (statements.length === 0) {
    return ok({ imported: 0, sources, undated: {} });
  }
  try {
    await deps.store.batch(statements);
  } catch (error) {
    // Another request may have stored one of them since we looked: then the look tells its line.
    const raced = await findStored(rows, deps.store);
    if (raced === null) {
      throw error;
    }
    return err(raced);
  }
  return ok({ imported: rows.length, sources, undated: undatedOf(rows) });
}

function undatedOf(rows: readonly ImportRow[]): Imported["undated"] {
  const found: Record<string, Undated> = {};
  for (const { line, undated } of rows) {
    for (const clock of undated) {
      const { count, lines } = found[clock] ?? { count: 0, lines: [] };
      found[clock] = {
        count: count + 1,
        lines: lines.length < MOST_LINES ? [...lines, line] : lines,
      };
    }
  }
  return found;
}

/** The first line whose session, or whose token, is stored already. */
async function findStored(
  rows: readonly ImportRow[],
  store: D1Database,
): Promise<ImportFault | null> {
  const clients = clientsOf(rows);
  const agents = agentsOf(rows);
  const found = await findStoredClientSessions(
    store,
    clients.map(({ row }) => row),
  );
  const existing = await findExistingAgentSessions(
    store,
    agents.map(({ session }) => ({ scope: session.agent_key, id: session.session_key })),
  );
  const faults = [
    ...found.ids.map((at) => ({ what: "id" as const, line: clients[at]?.line ?? 0 })),
    ...found.tokens.map((at) => ({ what: "token" as const, line: clients[at]?.line ?? 0 })),
    ...agents
      .filter(({ session }) => existing.has(`${session.agent_key}/${session.session_key}`))
      .map(({ line }) => ({ what: "id" as const, line })),
  ];
  const [first] = faults.toSorted((a, b) => a.line - b.line);
  return first === undefined ? null : exists(first.line, first.what, "stored already");
}

function exists(line: number, what: "id" | "token", where: string): ImportFault {
  return { code: "session_exists", line, field: "session", message: `its ${what} is ${where}` };
}

function clientsOf(rows: readonly ImportRow[]): ClientImport[] {
  return rows.filter((row) => row.kind === "client_sessions");
}

function agentsOf(rows: readonly ImportRow[]): AgentImport[] {
  return rows.filter((row) => row.kind === "agent_sessions");
}
