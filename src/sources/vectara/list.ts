import * as z from "zod";
import { err, ok, type Result } from "../../core/result.ts";
import type { Session } from "../../core/session.ts";
import type { Fault } from "../fault.ts";
import type { ListPage, Sink, Turn } from "../source.ts";
import { agentPath, isNotFound, jsonOf, type Client } from "./client.ts";
import { advance, FIRST_PAGE, pageQuery, Position, readCursor, writeCursor } from "./paging.ts";
import { toSession } from "./session.ts";
import { AgentPage, AgentRow, isKey, SessionPage } from "./wire.ts";

const PAGE_SIZE = 100;
/** A cursor holds the agents of one page; a server that ignores `limit` may send a few more. */
const MAX_AGENTS_A_PAGE = 1000;
const SINK_SIZE = 500;

const Walk = z.strictObject({
  /** Agents of the current page that are not walked yet, the one under way first. */
  agents: z.array(z.string()),
  /** The page of `agents[0]` that is next. */
  sessions: Position,
  /** The next page of agents; null after the last. */
  more_agents: Position.nullable(),
});
type Walk = z.output<typeof Walk>;

/**
 * One page of a walk through every agent and its sessions, disabled agents included. No filter is sent:
 * older servers ignore `metadata_filter`, and none promises its meaning, so every row is matched here.
 */
export async function listPage(
  client: Client,
  personPaths: readonly string[],
  cursor: string | null,
  sink: Sink,
  turn: Turn,
): Promise<Result<ListPage, Fault>> {
  if (cursor === null) {
    return readAgents(client, FIRST_PAGE, turn);
  }
  const read = readCursor(cursor, Walk);
  if (!read.ok) {
    return read;
  }
  const walk = read.value;
  const [agent] = walk.agents;
  if (agent !== undefined && isKey(agent)) {
    return readSessions(client, personPaths, { ...walk, agent }, sink, turn);
  }
  return walk.more_agents === null
    ? ok(toPage(null, []))
    : readAgents(client, walk.more_agents, turn);
}

async function readAgents(
  client: Client,
  at: Position,
  turn: Turn,
): Promise<Result<ListPage, Fault>> {
  const query = pageQuery(at, PAGE_SIZE);
  const asked = await client.send(turn, { method: "GET", path: "/v2/agents", query, scope: null });
  if (!asked.ok) {
    return err(asked.error.fault);
  }
  const json = jsonOf(asked.value);
  if (!json.ok) {
    return json;
  }
  const page = AgentPage.safeParse(json.value);
  if (!page.success || page.data.agents.length > MAX_AGENTS_A_PAGE) {
    return invalid("a page of agents is not in the form of a list of agents");
  }
  const agents = new Set<string>();
  for (const value of page.data.agents) {
    const row = AgentRow.safeParse(value);
    const key = row.success ? (row.data.key ?? row.data.id) : null;
    if (!isKey(key)) {
      return invalid("an agent has no key that can be used");
    }
    agents.add(key);
  }
  const next = advance(at, page.data.metadata?.page_key, client.options.max_pages);
  if (!next.ok) {
    return next;
  }
  return ok(toPage({ agents: [...agents], sessions: FIRST_PAGE, more_agents: next.value }, []));
}

async function readSessions(
  client: Client,
  personPaths: readonly string[],
  walk: Walk & { readonly agent: string },
  sink: Sink,
  turn: Turn,
): Promise<Result<ListPage, Fault>> {
  const { agent, agents, more_agents } = walk;
  const onward: Walk = { agents: agents.slice(1), sessions: FIRST_PAGE, more_agents };
  const path = `${agentPath(agent)}/sessions`;
  const query = pageQuery(walk.sessions, PAGE_SIZE);
  const asked = await client.send(turn, { method: "GET", path, query, scope: agent });
  if (!asked.ok) {
    return err(asked.error.fault);
  }
  // One agent that is closed to this key, or was deleted since it was listed, does not stop the others;
  // but nobody may say that it was searched.
  if (asked.value.status === 403 || isNotFound(asked.value)) {
    return ok(toPage(onward, [agent]));
  }
  const json = jsonOf(asked.value);
  if (!json.ok) {
    return json;
  }
  const page = SessionPage.safeParse(json.value);
  if (!page.success) {
    return invalid("a page of sessions is not in the form of a list of sessions");
  }
  const sessions: Session[] = [];
  for (const row of page.data.sessions) {
    const session = toSession(row, agent, personPaths);
    if (!session.ok) {
      return session;
    }
    sessions.push(session.value);
  }
  const next = advance(walk.sessions, page.data.metadata?.page_key, client.options.max_pages);
  if (!next.ok) {
    return next;
  }
  for (let from = 0; from < sessions.length; from += SINK_SIZE) {
    sink(sessions.slice(from, from + SINK_SIZE));
  }
  return ok(
    toPage(next.value === null ? onward : { agents, sessions: next.value, more_agents }, []),
  );
}

function toPage(walk: Walk | null, unsearched: readonly string[]): ListPage {
  const isOver = walk === null || (walk.agents.length === 0 && walk.more_agents === null);
  return { next: isOver ? null : writeCursor(walk), unsearched };
}

function invalid(detail: string): Result<never, Fault> {
  return err({ kind: "invalid", detail });
}
