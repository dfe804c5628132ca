import type { Session, SessionRef } from "../../src/core/session/session.ts";
import { parseClock } from "../../src/core/values/timestamp.ts";
import { SEAM_ROUTES } from "../fakes/seam-routes.ts";
import { SeamStore, type ClientSession } from "../fakes/seam-store.ts";
import { readPath } from "../fakes/vectara-path.ts";
import { routeVectara } from "../fakes/vectara-routes.ts";
import { VectaraStore, type Row, type SessionEntry } from "../fakes/vectara-store.ts";
import { isObject, type FakeAnswer } from "../fakes/wire.ts";
import type { Dice } from "./dice.ts";

/**
 * How an account answers. `empty` lists nothing and knows nothing, `flaky` loses some calls or answers, `mute`
 * never answers.
 */
type Mood = "well" | "down" | "flaky" | "empty" | "mute";

/** One account upstream, in this process: thousands of runs need no network. */
export interface Account {
  readonly source: string;
  readonly url: string;
  mood: Mood;
  fetch(request: Request): Promise<Response>;
  /** Everything that is there, as it is. */
  sessions(): Session[];
  count(): number;
  remove(ref: SessionRef): void;
  /** Its user was here just now. */
  use(ref: SessionRef, at: number): void;
}

const PLAIN = {
  latency_ms: 0,
  slow_every: null,
  rate_limit: null,
  lists: {},
  now: null,
};

function toResponse({ status, headers = {}, body = "" }: FakeAnswer): Response {
  const text = typeof body === "string" ? body : [...body].join("");
  return new Response(status === 204 ? null : text, { status, headers });
}

/** Answers as the mood is: before the call, after it, or not at all. */
async function moody(mood: Mood, dice: Dice, answer: () => Response): Promise<Response> {
  if (mood === "mute") {
    throw new DOMException("no answer in time", "TimeoutError");
  }
  if (mood === "down" || (mood === "flaky" && dice.chance(0.1))) {
    throw new TypeError("the connection failed");
  }
  if (mood === "flaky" && dice.chance(0.1)) {
    const status = dice.pick([429, 500, 503]);
    return new Response("no", { status, headers: status === 429 ? { "retry-after": "2" } : {} });
  }
  const given = answer();
  if (mood === "flaky" && dice.chance(0.1)) {
    throw new TypeError("the connection failed after the call");
  }
  return given;
}

export function seamAccount(source: string, url: string, workspace: string, dice: Dice) {
  const store = new SeamStore();
  const options = {
    ...PLAIN,
    api_keys: {},
    list_expired: true,
    get_expired: true,
    list_cap: null,
    delete_unknown: 404 as const,
    delete_body: { ok: true },
    uuid_ids: true,
  };
  const account: Account & { add(session: Partial<ClientSession>): void } = {
    source,
    url,
    mood: "well",
    add: (session) =>
      store.put({
        owner: workspace,
        session: { workspace_id: workspace, ...session } as ClientSession,
        revoked: false,
      }),
    async fetch(request) {
      const { pathname } = new URL(request.url);
      const input = JSON.parse((await request.text()) || "{}") as Record<string, unknown>;
      return moody(account.mood, dice, () => {
        const shown = account.mood === "empty" ? new SeamStore() : store;
        const route = SEAM_ROUTES[pathname];
        if (route === undefined) {
          throw new Error(`no such route: ${pathname}`);
        }
        const { method } = request;
        return toResponse(
          route.run({ method, workspace, input, store: shown, options, now: Date.now() }),
        );
      });
    },
    sessions: () =>
      [...store.rows()].map(({ session }) => ({
        scope: session.workspace_id,
        id: session.client_session_id,
        clocks: {
          created_at: parseClock(session.created_at),
          expires_at: parseClock(session.expires_at),
        },
        activity_read: true,
        busy: false,
        person: [
          { type: "client_session_id", values: [session.client_session_id] },
          {
            type: "user_identifier_key",
            values: session.user_identifier_key === null ? [] : [session.user_identifier_key],
          },
        ],
        parent: null,
        version: 0,
        metadata: null,
      })),
    count: () => store.size,
    remove: ({ id }) => void store.remove(id),
    use: ({ id }, at) => void store.change(id, { expires_at: new Date(at).toISOString() }),
  };
  return account;
}

/** A session of an agent as its document and events tell it. */
function agentSession(agent: string, { session, events }: SessionEntry): Session {
  const metadata = isObject(session["metadata"]) ? session["metadata"] : {};
  const { created_by_agent_key: scope, created_by_session_key: id } = session;
  const created = parseClock(session["created_at"]);
  const times = events.map((event) => parseClock(event["created_at"]));
  const key = String(session["key"]);
  return {
    scope: agent,
    id: key,
    clocks: {
      created_at: created,
      last_active_at: times.includes(null)
        ? null
        : times.reduce<number | null>((a, b) => Math.max(a ?? 0, b ?? 0), created),
    },
    activity_read: true,
    busy: session["status"] === "running",
    person: [
      {
        type: "metadata:user_id",
        values: typeof metadata["user_id"] === "string" ? [metadata["user_id"]] : [],
      },
      { type: "agent_session_id", values: [`${agent}/${key}`, key] },
    ],
    parent: typeof scope === "string" && typeof id === "string" ? { scope, id } : null,
    version: 0,
    metadata,
  };
}

export function vectaraAccount(source: string, url: string, dice: Dice) {
  const store = new VectaraStore();
  const options = {
    ...PLAIN,
    api_keys: [],
    bad_key_status: 403 as const,
    bad_key_body: "json" as const,
    forbidden_agents: [],
    paging: "offset" as const,
    page_end: "absent" as const,
    session_order: "inserted" as const,
    id_field: "key" as const,
    metadata_filter: "ignore" as const,
    traces: true,
    delete_running: 204 as const,
  };
  const account: Account & {
    readonly store: VectaraStore;
    add(agent: string, session: Row, events: Row[]): void;
  } = {
    store,
    source,
    url,
    mood: "well",
    add(agent, session, events) {
      const now = String(session["created_at"]);
      store.putAgent(agent, { name: agent, enabled: true, created_at: now, updated_at: now });
      store.putSession(agent, String(session["key"]), { agent_key: agent, ...session }, events);
    },
    async fetch(request) {
      const { pathname, search, searchParams } = new URL(request.url);
      const text = await request.text();
      return moody(account.mood, dice, () => {
        const shown = account.mood === "empty" ? new VectaraStore() : store;
        const { method } = request;
        const wire = { method, path: pathname, search, query: searchParams, headers: {}, text };
        const now = new Date(Date.now()).toISOString();
        return toResponse(
          routeVectara({ ...readPath(pathname), request: wire, store: shown, options, now }),
        );
      });
    },
    sessions: () =>
      [...store.agents].flatMap(([agent, { sessions }]) =>
        [...sessions.values()].map((entry) => agentSession(agent, entry)),
      ),
    count: () => [...store.agents.values()].reduce((sum, { sessions }) => sum + sessions.size, 0),
    remove: ({ scope, id }) => void store.removeSession(scope, id),
    use: ({ scope, id }, at) =>
      void store.addEvent(scope, id, {
        id: `aev_${scope}_${id}_${at}`,
        session_key: id,
        type: "input_message",
        created_at: new Date(at).toISOString(),
      }),
  };
  return account;
}
