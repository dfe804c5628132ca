import type { Keyring } from "../../core/values/hash.ts";
import type { RandomBytes } from "../../core/values/id.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import type { Reach } from "../../core/values/reach.ts";
import type { TimeReading } from "../../core/values/spelled_time.ts";
import { noSuchSource, type SourceConfig } from "../../sources/provider.ts";
import {
  parseAgentSession,
  type AgentEventRow,
  type AgentSessionRow,
} from "../tables/agent_session_record.ts";
import {
  recordColumns,
  recordRevokedAt,
  sealToken,
  type ClientSessionRow,
} from "../tables/client_session_record.ts";
import { timeAgentSession, timeClientSession, type TimedRecord } from "./times.ts";
import { malformed, type ImportFault } from "./lines.ts";
import { parseClientSession, type ImportRecord } from "./record.ts";

/** What it takes to turn a record into rows. */
export interface RowDeps {
  readonly sources: ReadonlyMap<string, SourceConfig>;
  readonly keyring: Keyring;
  /** The workspaces that the caller's key reaches; null: every one. */
  readonly workspaces: readonly string[] | null;
  /** The same of agents. */
  readonly agents: Reach;
  readonly random: RandomBytes;
  /** What the caller says of times that do not say which time they mean; absent: nothing. */
  readonly times?: TimeReading;
}

const NOTHING_SAID: TimeReading = { zone: null, unit: null };

/** A client session, ready to be stored. */
export interface ClientImport {
  readonly kind: "client_sessions";
  readonly line: number;
  /** Clocks whose value cannot be read. */
  readonly undated: readonly string[];
  readonly row: ClientSessionRow;
}

/** An agent session with its events, ready to be stored. */
export interface AgentImport {
  readonly kind: "agent_sessions";
  readonly line: number;
  readonly undated: readonly string[];
  readonly session: AgentSessionRow;
  readonly events: readonly AgentEventRow[];
}

export type ImportRow = ClientImport | AgentImport;

/** Checks one record against the source it names, and makes its rows. */
export function toImportRow(record: ImportRecord, deps: RowDeps): Result<ImportRow, ImportFault> {
  const { line, source } = record;
  const config = deps.sources.get(source);
  if (config === undefined) {
    return malformed(line, { field: "source", message: noSuchSource(deps.sources) });
  }
  if (config.endpoint !== null) {
    const message = "this source is not in the embedded store: write to its provider instead";
    return malformed(line, { field: "source", message });
  }
  const reading = deps.times ?? NOTHING_SAID;
  if (config.kind === "client_sessions") {
    const timed = timeClientSession(record, reading);
    return timed.ok ? toClientImport(timed.value, deps) : timed;
  }
  const timed = timeAgentSession(record, reading);
  return timed.ok ? toAgentImport(timed.value, deps) : timed;
}

function toClientImport(
  { record, undated }: TimedRecord,
  deps: RowDeps,
): Result<ClientImport, ImportFault> {
  const { line, session } = record;
  const ids = parseClientSession(record);
  if (!ids.ok) {
    return ids;
  }
  const { client_session_id, workspace_id, token } = ids.value;
  if (deps.workspaces !== null && !deps.workspaces.includes(workspace_id)) {
    return beyondKey(line, "session.workspace_id");
  }
  const sealed =
    token === null
      ? { token_hash: null, token_sealed: null }
      : sealToken(token, ids.value, deps.keyring, deps.random);
  const row = {
    workspace_id,
    client_session_id,
    revoked_at: recordRevokedAt(session),
    ...recordColumns(session),
    ...sealed,
  };
  return ok({ kind: "client_sessions", line, undated, row });
}

function toAgentImport(
  { record, undated }: TimedRecord,
  { agents }: RowDeps,
): Result<AgentImport, ImportFault> {
  const { line, session, events } = record;
  const parsed = parseAgentSession(session, events ?? []);
  if (!parsed.ok) {
    return malformed(line, parsed.error);
  }
  const { agent_key: agent, parent_agent_key: parent } = parsed.value.session;
  if (agents !== null && !agents.includes(agent)) {
    return beyondKey(line, "session.agent_key");
  }
  // What a session has made keeps it from being swept.
  if (agents !== null && parent !== null && !agents.includes(parent)) {
    return beyondKey(line, "session.created_by_agent_key");
  }
  return ok({ kind: "agent_sessions", line, undated, ...parsed.value });
}

function beyondKey(line: number, field: string): Result<never, ImportFault> {
  const message = "this key does not reach it: use one that names it in its workspaces";
  return err({ code: "forbidden", line, field, message });
}
