import * as z from "zod";
import { err, ok, type Result } from "../../core/values/result.ts";
import {
  addUnreadable,
  NONE_UNREADABLE,
  type UnreadableMember,
} from "../../core/session/unreadable.ts";
import { readCursor, writeCursor } from "../cursor.ts";
import { invalid, type Fault } from "../fault.ts";
import { HandOver } from "../hand_over.ts";
import type { ListPage, Sink, Turn } from "../source.ts";
import { agentPath, isNotFound, type Client } from "./client.ts";
import { readPage } from "./page.ts";
import { advance, FIRST_PAGE, pageQuery, Position } from "./page_position.ts";
import { toSession } from "./session.ts";
import { AGENT_FIELDS, AgentRow, isKey, SESSION_FIELDS } from "./wire.ts";

const PAGE_SIZE = 100;

/** A cursor holds the agents of one page; a server that ignores `limit` may send a few more. */
const MAX_AGENTS_A_PAGE = 1000;

const Walk = z.strictObject({
  /** Agents of the current page that are not walked yet, the one under way first. */
  agents: z.array(z.string()),
  /** The page of `agents[0]` that is next. */
  sessions: Position,
  /** Sessions a page of this agent; smaller when a page was too large. */
  limit: z.int().min(1).max(PAGE_SIZE).default(PAGE_SIZE),
  /** The next page of agents; null after the last. */
  more_agents: Position.nullable(),
});
type Walk = z.output<typeof Walk>;

const FROM_START = { sessions: FIRST_PAGE, limit: PAGE_SIZE };

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
  const agents = new Set<string>();
  const closed = new Set<string>();
  const request = {
    method: "GET",
    path: "/v2/agents",
    query: pageQuery(at, PAGE_SIZE),
    scope: null,
    list: "agents",
    fields: AGENT_FIELDS,
    most_bytes: Infinity,
  } as const;
  const page = await readPage(
    client,
    request,
    (value) => {
      const row = AgentRow.safeParse(value);
      const key = row.success ? (row.data.key ?? row.data.id) : null;
      if (typeof key !== "string" || agents.size + closed.size >= MAX_AGENTS_A_PAGE) {
        return { kind: "invalid", detail: "an agent has no key, or one page has too many agents" };
      }
      // What no path can name cannot be listed, and nobody may say that it was searched.
      (isKey(key) ? agents : closed).add(key);
      return null;
    },
    turn,
  );
  if (!page.ok) {
    return page;
  }
  if (page.value.kind !== "read") {
    return page.value.kind === "refused" ? err(page.value.fault) : err(invalid("too many agents"));
  }
  const next = advance(at, page.value.page_key, client.options.max_pages);
  if (!next.ok) {
    return next;
  }
  const walk = { agents: [...agents], ...FROM_START, more_agents: next.value };
  return ok(toPage(walk, [...closed]));
}

async function readSessions(
  client: Client,
  personPaths: readonly string[],
  walk: Walk & { readonly agent: string },
  sink: Sink,
  turn: Turn,
): Promise<Result<ListPage, Fault>> {
  const { agent, agents, limit, more_agents } = walk;
  const onward: Walk = { agents: agents.slice(1), ...FROM_START, more_agents };
  let unreadable = NONE_UNREADABLE;
  const family: UnreadableMember[] = [];
  const handOver = new HandOver(sink);
  const request = {
    method: "GET",
    path: `${agentPath(agent)}/sessions`,
    query: pageQuery(walk.sessions, limit),
    scope: agent,
    list: "sessions",
    fields: SESSION_FIELDS,
    most_bytes: limit === 1 ? Infinity : client.options.page_bytes,
  } as const;
  const page = await readPage(
    client,
    request,
    (row, bytes) => {
      const session = toSession(row, agent, personPaths);
      if (session.ok) {
        handOver.add(session.value, bytes);
      } else if (session.error.ref === null) {
        return { kind: "invalid", detail: session.error.detail };
      } else {
        const { ref, parent = null } = session.error;
        unreadable = addUnreadable(unreadable, ref);
        family.push({ ...ref, parent });
      }
      return null;
    },
    turn,
  );
  if (!page.ok) {
    return page;
  }
  if (page.value.kind === "too_large") {
    // A page key may belong to its limit, so the agent is read from its first page. The plan takes each session
    // once; counts are at most, where earlier pages of the agent were not too large.
    const smaller = { ...FROM_START, limit: Math.floor(limit / 2) };
    return ok({ ...toPage({ agents, ...smaller, more_agents }, []), is_cut_off: true });
  }
  if (page.value.kind === "refused") {
    // One agent that is closed to this key, or was deleted since it was listed, does not stop the others;
    // but nobody may say that it was searched.
    const { answer, fault } = page.value;
    return answer.status === 403 || isNotFound(answer) ? ok(toPage(onward, [agent])) : err(fault);
  }
  const next = advance(walk.sessions, page.value.page_key, client.options.max_pages);
  if (!next.ok) {
    return next;
  }
  handOver.flush();
  const rest = { agents, sessions: next.value ?? FIRST_PAGE, limit, more_agents };
  const told = { unreadable, unreadable_family: family };
  return ok({ ...toPage(next.value === null ? onward : rest, []), ...told });
}

function toPage(walk: Walk | null, unsearched: readonly string[]): ListPage {
  const isOver = walk === null || (walk.agents.length === 0 && walk.more_agents === null);
  return { next: isOver ? null : writeCursor(walk), unsearched };
}
