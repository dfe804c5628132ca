import type { Keyring } from "../core/hash.ts";
import type { RandomBytes } from "../core/id.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { SourceConfig } from "../sources/open.ts";
import {
  findStoredClientSessions,
  prepareClientSessionImport,
} from "../sources/d1/client_session_import.ts";
import {
  recordColumns,
  recordRevokedAt,
  sealToken,
  type ClientSessionRow,
} from "../sources/d1/client_session_record.ts";
import { readLines, type LineFault } from "./import_lines.ts";
import { parseClientSession, parseRecord, type ImportRecord } from "./import_record.ts";

/** What an import needs from outside. */
export interface ImportDeps {
  readonly store: D1Database;
  readonly sources: ReadonlyMap<string, SourceConfig>;
  readonly keyring: Keyring | null;
  readonly now: () => number;
  readonly random: RandomBytes;
}

/** Why an import was refused. Nothing of it is stored; a line number begins at 1. */
export type ImportFault =
  | LineFault
  | { readonly kind: "unknown_source"; readonly line: number; readonly known: readonly string[] }
  /** The source is reached over the network: its sessions cannot be written here. */
  | { readonly kind: "not_embedded"; readonly line: number; readonly source: string }
  /** A record carries a token and LETHE_SECRET is not set, so it could not be sealed. */
  | { readonly kind: "no_secret"; readonly line: number }
  /** 409. `first_line` is the line that has it already; null: it is stored already. */
  | {
      readonly kind: "duplicate";
      readonly line: number;
      readonly what: "id" | "token";
      readonly first_line: number | null;
    };

/** How many sessions were stored. */
export interface Imported {
  readonly imported: number;
}

/**
 * Stores whole records, one JSON document a line (`{"source", "session", "events"?}`), all or none.
 * Ids, tokens, timestamps and unknown fields are kept as given.
 */
export async function importSessions(
  body: ReadableStream<Uint8Array>,
  deps: ImportDeps,
): Promise<Result<Imported, ImportFault>> {
  const lines = await readLines(body);
  if (!lines.ok) {
    return lines;
  }
  const clients: ClientRow[] = [];
  for (const line of lines.value) {
    const record = parseRecord(line);
    if (!record.ok) {
      return record;
    }
    const row = toClientRow(record.value, deps);
    if (!row.ok) {
      return row;
    }
    clients.push(row.value);
  }
  const repeated = findRepeated(clients);
  if (repeated !== null) {
    return err(repeated);
  }
  return store(clients, deps);
}

interface ClientRow {
  readonly line: number;
  readonly row: ClientSessionRow;
}

function toClientRow(record: ImportRecord, deps: ImportDeps): Result<ClientRow, ImportFault> {
  const { line, source } = record;
  const config = deps.sources.get(source);
  if (config === undefined) {
    return err({ kind: "unknown_source", line, known: [...deps.sources.keys()] });
  }
  if (config.endpoint !== null) {
    return err({ kind: "not_embedded", line, source });
  }
  const ids = parseClientSession(record);
  if (!ids.ok) {
    return ids;
  }
  const { client_session_id, workspace_id, token } = ids.value;
  if (token !== null && deps.keyring === null) {
    return err({ kind: "no_secret", line });
  }
  const sealed =
    token === null || deps.keyring === null
      ? { token_hash: null, token_sealed: null }
      : sealToken(token, ids.value, deps.keyring, deps.random);
  return ok({
    line,
    row: {
      workspace_id,
      client_session_id,
      revoked_at: recordRevokedAt(record.session),
      ...recordColumns(record.session),
      ...sealed,
    },
  });
}

function findRepeated(rows: readonly ClientRow[]): ImportFault | null {
  const ids = new Map<string, number>();
  const tokens = new Map<string, number>();
  for (const { line, row } of rows) {
    const id = JSON.stringify([row.workspace_id, row.client_session_id]);
    const idLine = ids.get(id);
    if (idLine !== undefined) {
      return { kind: "duplicate", line, what: "id", first_line: idLine };
    }
    ids.set(id, line);
    const tokenLine = row.token_hash === null ? undefined : tokens.get(row.token_hash);
    if (tokenLine !== undefined) {
      return { kind: "duplicate", line, what: "token", first_line: tokenLine };
    }
    if (row.token_hash !== null) {
      tokens.set(row.token_hash, line);
    }
  }
  return null;
}

async function store(
  clients: readonly ClientRow[],
  deps: ImportDeps,
): Promise<Result<Imported, ImportFault>> {
  const rows = clients.map(({ row }) => row);
  const stored = await findStored(clients, deps);
  if (stored !== null) {
    return err(stored);
  }
  const statements = prepareClientSessionImport(deps.store, rows, deps.now());
  if (statements.length === 0) {
    return ok({ imported: 0 });
  }
  try {
    await deps.store.batch(statements);
  } catch (error) {
    // Another request may have stored one of them since we looked: then the look tells its line.
    const raced = await findStored(clients, deps);
    if (raced === null) {
      throw error;
    }
    return err(raced);
  }
  return ok({ imported: rows.length });
}

async function findStored(
  clients: readonly ClientRow[],
  deps: ImportDeps,
): Promise<ImportFault | null> {
  const found = await findStoredClientSessions(
    deps.store,
    clients.map(({ row }) => row),
  );
  const faults = (["id", "token"] as const).flatMap((what) => {
    const lines = found[what === "id" ? "ids" : "tokens"].flatMap((at) => clients[at]?.line ?? []);
    return lines.length === 0 ? [] : [{ what, line: Math.min(...lines) }];
  });
  const [first] = faults.toSorted((a, b) => a.line - b.line);
  return first === undefined ? null : { kind: "duplicate", ...first, first_line: null };
}
