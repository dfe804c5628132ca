import { randomUUID } from "node:crypto";

import { badRequest, missing, vectaraError, type VectaraPath } from "./vectara-path.ts";
import { distort } from "./lists.ts";
import { newAgentSession } from "./vectara-seed.ts";
import type { VectaraOptions } from "./vectara.ts";
import { cutPage, metadataTest } from "./vectara-paging.ts";
import {
  newEvent,
  timeOf,
  type AgentEntry,
  type Row,
  type SessionEntry,
  type VectaraStore,
} from "./vectara-store.ts";
import { isObject, jsonAnswer, textAnswer, type FakeAnswer, type FakeRequest } from "./wire.ts";

/** What a handler works with, once the caller is known. */
export interface VectaraCall extends VectaraPath {
  request: FakeRequest;
  store: VectaraStore;
  options: VectaraOptions;
  now: string;
}

const KEY = /^[0-9a-zA-Z_-]{1,50}$/;
const TRACES = "/v2/agent_analytics/traces";
const WRITABLE = ["name", "description", "metadata", "enabled", "tti_minutes"];

function bodyOf(request: FakeRequest): Row | undefined {
  try {
    const body: unknown = request.text === "" ? {} : JSON.parse(request.text);
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

/** Older samples name the key `id` and have no name. */
function shown(session: Row, options: VectaraOptions): Row {
  if (options.id_field === "key") {
    return session;
  }
  const { key, name: _name, ...rest } = session;
  return { id: key, ...rest };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The free-text filter: a regex over name and description. */
function textTest(query: URLSearchParams): ((row: Row) => boolean) | undefined {
  const filter = query.get("filter");
  if (filter === null) {
    return () => true;
  }
  try {
    const pattern = new RegExp(filter, "i");
    return (row) => ["name", "description"].some((field) => pattern.test(textOf(row[field])));
  } catch {
    return undefined;
  }
}

function paged(
  call: VectaraCall,
  name: string,
  rows: readonly Row[],
  serials?: readonly number[],
): FakeAnswer {
  const isEndless = name === "sessions" && call.options.lists.endless === true;
  const page = cutPage(rows, call.request.query, call.options, { serials, isEndless });
  if (!page.ok) {
    return badRequest(page.messages);
  }
  return jsonAnswer(200, { [name]: page.rows, metadata: page.metadata });
}

function listAgents(call: VectaraCall): FakeAnswer {
  const test = textTest(call.request.query);
  if (test === undefined) {
    return badRequest({ filter: "is not a valid regular expression" });
  }
  const enabled = call.request.query.get("enabled");
  const rows = [...call.store.agents]
    .filter(([key]) => !call.options.forbidden_agents.includes(key))
    .map(([, agent]) => agent.document)
    .filter((row) => test(row) && (enabled ?? String(row["enabled"])) === String(row["enabled"]));
  return paged(call, "agents", rows);
}

function listSessions(call: VectaraCall, agent: AgentEntry): FakeAnswer {
  const { query } = call.request;
  const test = textTest(query);
  if (test === undefined) {
    return badRequest({ filter: "is not a valid regular expression" });
  }
  let entries = [...agent.sessions.values()].filter((entry) => test(entry.session));
  const filter = query.get("metadata_filter");
  if (filter !== null && call.options.metadata_filter !== "ignore") {
    const wanted = call.options.metadata_filter === "honour" ? metadataTest(filter) : undefined;
    if (wanted === undefined) {
      return badRequest({ metadata_filter: "is not supported" });
    }
    entries = entries.filter((entry) => wanted(entry.session["metadata"]));
  }
  const newestFirst = call.options.session_order === "newest_first";
  if (newestFirst) {
    entries.reverse();
  }
  call.store.lists += 1;
  entries = distort(entries, call.options.lists, call.store.lists);
  return paged(
    call,
    "sessions",
    entries.map((entry) => shown(entry.session, call.options)),
    entries.map((entry) => (newestFirst ? -entry.serial : entry.serial)),
  );
}

function createSession(call: VectaraCall, agentKey: string): FakeAnswer {
  const body = bodyOf(call.request);
  const key = body?.["key"] ?? `ase_${randomUUID()}`;
  if (body === undefined || typeof key !== "string" || !KEY.test(key)) {
    return badRequest({ key: "must match [0-9a-zA-Z_-]{1,50}" });
  }
  if (call.store.find(agentKey, key) !== undefined) {
    return badRequest({ key: "is already in use" });
  }
  const session = newAgentSession(body, agentKey, key, call.now);
  call.store.putSession(agentKey, key, session);
  return jsonAnswer(201, shown(session, call.options));
}

function patchSession(call: VectaraCall, entry: SessionEntry): FakeAnswer {
  const body = bodyOf(call.request);
  if (body === undefined) {
    return badRequest({ body: "is not a JSON object" });
  }
  for (const field of WRITABLE) {
    if (field in body) {
      entry.session[field] = body[field];
    }
  }
  return jsonAnswer(200, shown(entry.session, call.options));
}

function deleteSession(call: VectaraCall, agent: string, key: string, entry: SessionEntry) {
  if (entry.session["status"] === "running" && call.options.delete_running === 409) {
    return vectaraError(409, "The session is running");
  }
  call.store.removeSession(agent, key);
  call.store.removals.push({
    agent,
    session: entry.session,
    events: [...entry.events],
    at: Date.parse(call.now),
  });
  return { status: 204 };
}

function listEvents(call: VectaraCall, entry: SessionEntry): FakeAnswer {
  const all = call.request.query.get("include_hidden") === "true";
  const rows = entry.events
    .filter((event) => all || event["hidden"] !== true)
    .map(({ hidden: _hidden, ...event }) => event);
  return paged(call, "events", rows);
}

function addEvent(call: VectaraCall, agent: string, key: string): FakeAnswer {
  const body = bodyOf(call.request);
  if (body === undefined) {
    return badRequest({ body: "is not a JSON object" });
  }
  const event = newEvent(body, key, call.now);
  call.store.addEvent(agent, key, event);
  return jsonAnswer(201, { events: [event] });
}

function listTraces(call: VectaraCall): FakeAnswer {
  const { query } = call.request;
  const after = Date.parse(query.get("started_after") ?? "");
  const before = Date.parse(query.get("started_before") ?? "");
  const rows = call.store.traces.filter((trace) => {
    const at = timeOf(trace, "started_at");
    const same = ["agent_key", "session_key", "status"].every(
      (name) => (query.get(name) ?? trace[name]) === trace[name],
    );
    return same && !(at < after) && !(at > before);
  });
  return paged(call, "traces", rows);
}

function wrongMethod(): FakeAnswer {
  return vectaraError(405, "Method not allowed");
}

function handleSession(call: VectaraCall, agentKey: string, key: string): FakeAnswer {
  const entry = call.store.find(agentKey, key);
  if (entry === undefined) {
    return missing(key, "Session");
  }
  const { method } = call.request;
  if (call.event !== undefined) {
    const event = entry.events.find((one) => one["id"] === call.event);
    return event === undefined ? missing(call.event, "Event") : jsonAnswer(200, event);
  }
  if (call.route.endsWith("/events")) {
    if (method === "GET") {
      return listEvents(call, entry);
    }
    return method === "POST" ? addEvent(call, agentKey, key) : wrongMethod();
  }
  if (method === "GET") {
    return jsonAnswer(200, shown(entry.session, call.options));
  }
  if (method === "PATCH") {
    return patchSession(call, entry);
  }
  return method === "DELETE" ? deleteSession(call, agentKey, key, entry) : wrongMethod();
}

/** Routes a call of a known caller. */
export function routeVectara(call: VectaraCall): FakeAnswer {
  const { method } = call.request;
  if (call.route === TRACES && call.options.traces) {
    return listTraces(call);
  }
  if (!call.route.startsWith("/v2/agents")) {
    return textAnswer(404, "404 page not found");
  }
  if (call.agent === undefined) {
    if (call.route !== "/v2/agents") {
      return textAnswer(404, "404 page not found");
    }
    return method === "GET" ? listAgents(call) : wrongMethod();
  }
  if (call.options.forbidden_agents.includes(call.agent)) {
    return vectaraError(403, "Your roles do not permit this operation");
  }
  const agent = call.store.agents.get(call.agent);
  if (agent === undefined) {
    return missing(call.agent, "Agent");
  }
  if (call.session !== undefined) {
    return handleSession(call, call.agent, call.session);
  }
  if (call.route === "/v2/agents/:agent") {
    return method === "GET" ? jsonAnswer(200, agent.document) : wrongMethod();
  }
  if (method === "GET") {
    return listSessions(call, agent);
  }
  return method === "POST" ? createSession(call, call.agent) : wrongMethod();
}
