import { fraction, hex8, inShare, mix, mixText } from "./random.ts";
import { newEvent, type Row, type VectaraStore } from "./vectara-store.ts";

/** Sessions by rule: exactly floor(count * stale_share) had no event for `stale_days`. */
interface GenerateAgentSessions {
  agent_key: string;
  count: number;
  seed?: number;
  /** Default 0.5. */
  stale_share?: number;
  /** Default 30. */
  stale_days?: number;
  /** Events per session; default 2. None means that only created_at tells. */
  events?: number;
  /** How many people they are spread over, in metadata.user_id; default a third of count. */
  users?: number;
  now?: string;
}

/** A session as seeded; `raw` keeps it exactly as given, without defaults. */
type SeedSession = Row & { key: string; agent_key?: string; events?: Row[]; raw?: boolean };

/** An agent as seeded: any document, its sessions beside it. */
export type SeedAgent = Row & { key: string; sessions?: SeedSession[] };

/** What to put into the fake. */
export interface VectaraSeed {
  agents?: SeedAgent[];
  /** `agent` is the path that shows the session; default its own agent_key. */
  sessions?: (SeedSession & { agent?: string })[];
  generate?: GenerateAgentSessions | GenerateAgentSessions[];
  traces?: Row[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A session with every field that the service always sends. */
export function newAgentSession(given: Row, agentKey: string, key: string, now: string): Row {
  return {
    key,
    agent_key: agentKey,
    name: key,
    metadata: {},
    enabled: true,
    status: "unstarted",
    tti_minutes: 0,
    created_at: now,
    created_by_agent_key: null,
    created_by_session_key: null,
    ...given,
  };
}

function addSession(store: VectaraStore, path: string, given: SeedSession, now: string): void {
  const { events = [], raw, ...fields } = given;
  const full = newAgentSession(
    { status: events.length > 0 ? "stopped" : "unstarted", ...fields },
    path,
    given.key,
    now,
  );
  const kept = events.map((event) => (raw === true ? event : newEvent(event, given.key, now)));
  store.putSession(path, given.key, raw === true ? fields : full, kept);
}

function addGenerated(store: VectaraStore, spec: GenerateAgentSessions, clock: string): unknown {
  const now = Date.parse(spec.now ?? clock);
  const salt = mixText(`${spec.seed ?? 1}:${spec.agent_key}`);
  const limit = (spec.stale_days ?? 30) * DAY_MS;
  const users = spec.users ?? Math.max(1, Math.floor(spec.count / 3));
  const events = spec.events ?? 2;
  for (let index = 0; index < spec.count; index += 1) {
    const stale = inShare(index, spec.stale_share ?? 0.5);
    const far = fraction(salt, index, 0);
    const idle = stale ? limit + MINUTE_MS + far * 60 * DAY_MS : far * (limit - 2 * MINUTE_MS);
    const last = now - MINUTE_MS - idle;
    const key = `ase_${hex8(mix(salt ^ index))}_${index}`;
    // Without events the session's own age has to tell, so it is made at its last time.
    const created = last - Math.max(0, events - 1) * MINUTE_MS;
    const made = Array.from({ length: events }, (_, turn) => ({
      id: `aev_${hex8(salt)}_${index}_${turn}`,
      type: turn % 2 === 0 ? "input_message" : "agent_output",
      created_at: new Date(created + turn * MINUTE_MS).toISOString(),
    }));
    const user = Math.floor(fraction(salt, index, 2) * users);
    const session = {
      key,
      metadata: { user_id: `user-${user}` },
      created_at: new Date(created).toISOString(),
      events: made,
    };
    addSession(store, spec.agent_key, session, clock);
  }
  return { count: spec.count, stale: Math.floor(spec.count * (spec.stale_share ?? 0.5)) };
}

/** Adds a seed to what is there already. */
export function applyVectaraSeed(seed: VectaraSeed, store: VectaraStore, now: string): Row {
  for (const { sessions = [], ...document } of seed.agents ?? []) {
    const defaults = { name: document.key, enabled: true, created_at: now, updated_at: now };
    store.putAgent(document.key, { ...defaults, ...document });
    for (const session of sessions) {
      addSession(store, document.key, session, now);
    }
  }
  for (const { agent, ...session } of seed.sessions ?? []) {
    const path = agent ?? session.agent_key;
    if (path === undefined) {
      throw new Error(`session ${session.key} names no agent_key`);
    }
    addSession(store, path, session, now);
  }
  const generated = [seed.generate ?? []].flat().map((spec) => addGenerated(store, spec, now));
  store.traces.push(...(seed.traces ?? []));
  let count = 0;
  for (const agent of store.agents.values()) {
    count += agent.sessions.size;
  }
  return { agents: [...store.agents.keys()], sessions: count, generated };
}
