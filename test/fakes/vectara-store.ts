import { randomUUID } from "node:crypto";

/** Anything on Vectara's wire: documents are stored and answered as they were given. */
export type Row = Record<string, unknown>;

/** A session with its events, oldest first. */
export interface SessionEntry {
  /** Its place in the order in which sessions were made. */
  serial: number;
  session: Row;
  events: Row[];
}

/** An agent with the sessions that its path shows, whatever agent_key they carry. */
export interface AgentEntry {
  document: Row;
  sessions: Map<string, SessionEntry>;
  removed: Map<string, SessionEntry>;
}

/** A session as it was when a caller removed it; epoch milliseconds. */
export interface VectaraRemoval {
  agent: string;
  session: Row;
  events: Row[];
  at: number;
}

/** The time of a row's field in milliseconds, or NaN. */
export function timeOf(row: Row, field: string): number {
  const value = row[field];
  return typeof value === "string" ? Date.parse(value) : NaN;
}

/** A full event from what a caller or a seed gives. */
export function newEvent(given: Row, sessionKey: string, now: string): Row {
  return {
    id: `aev_${randomUUID()}`,
    session_key: sessionKey,
    type: "input_message",
    created_at: now,
    ...given,
  };
}

/** Everything behind one account. Traces outlive the sessions they name. */
export class VectaraStore {
  readonly agents = new Map<string, AgentEntry>();
  readonly traces: Row[] = [];
  /** What callers removed, in order; what an effect removed is not among it. */
  readonly removals: VectaraRemoval[] = [];
  /** List calls so far. */
  lists = 0;
  #serial = 0;

  clear(): void {
    this.removals.length = 0;
    this.lists = 0;
    this.agents.clear();
    this.traces.length = 0;
  }

  /** Adds an agent or changes its document; its sessions stay. */
  putAgent(key: string, document: Row): AgentEntry {
    const known = this.agents.get(key);
    if (known !== undefined) {
      known.document = { ...known.document, ...document };
      return known;
    }
    const entry = { document: { key, ...document }, sessions: new Map(), removed: new Map() };
    this.agents.set(key, entry);
    return entry;
  }

  putSession(agentKey: string, key: string, session: Row, events: Row[] = []): void {
    const agent = this.agents.get(agentKey) ?? this.putAgent(agentKey, {});
    agent.removed.delete(key);
    agent.sessions.delete(key);
    this.#serial += 1;
    agent.sessions.set(key, { serial: this.#serial, session, events });
    for (const event of events) {
      this.#trace(agentKey, key, event);
    }
  }

  find(agentKey: string, key: string): SessionEntry | undefined {
    return this.agents.get(agentKey)?.sessions.get(key);
  }

  removeSession(agentKey: string, key: string): boolean {
    const agent = this.agents.get(agentKey);
    const entry = agent?.sessions.get(key);
    if (agent === undefined || entry === undefined) {
      return false;
    }
    agent.sessions.delete(key);
    agent.removed.set(key, entry);
    return true;
  }

  /** Brings a removed session back with its events, under its old key. */
  restoreSession(agentKey: string, key: string, fields: Row): boolean {
    const agent = this.agents.get(agentKey);
    const entry = agent?.removed.get(key);
    if (agent === undefined || entry === undefined) {
      return false;
    }
    agent.removed.delete(key);
    this.#serial += 1;
    const session = { ...entry.session, ...fields };
    agent.sessions.set(key, { ...entry, serial: this.#serial, session });
    return true;
  }

  /** Adds an event where its time belongs; one without a readable time goes last. */
  addEvent(agentKey: string, key: string, event: Row): boolean {
    const entry = this.find(agentKey, key);
    if (entry === undefined) {
      return false;
    }
    const at = timeOf(event, "created_at");
    const later = entry.events.findIndex((known) => timeOf(known, "created_at") > at);
    entry.events.splice(later < 0 ? entry.events.length : later, 0, event);
    this.#trace(agentKey, key, event);
    return true;
  }

  /** Each message to an agent is one invocation, and so one trace. */
  #trace(agentKey: string, key: string, event: Row): void {
    if (event["type"] !== "input_message") {
      return;
    }
    this.traces.push({
      trace_id: `trc_${String(event["id"])}`,
      agent_key: agentKey,
      session_key: key,
      started_at: event["created_at"],
      status: "completed",
    });
  }
}
