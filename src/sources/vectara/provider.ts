import { err, ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Fault } from "../fault.ts";
import { identifierTypesOf } from "../kinds.ts";
import type { Provider, SourceConfig, SourceDeps } from "../provider.ts";
import type { CallSource, Capabilities, Turn } from "../source.ts";
import { readActivity } from "./activity.ts";
import { sharesChildren } from "./children.ts";
import {
  createClient,
  jsonOf,
  isReference,
  sessionPath,
  VECTARA_OPTIONS,
  type Client,
  type VectaraOptions,
} from "./client.ts";
import { listPage } from "./list.ts";
import { readerOfSession } from "./page.ts";
import { clearOwnExpiry, ownExpiry } from "./own_expiry.ts";
import { removeSession } from "./remove.ts";
import { toSession } from "./session.ts";

/** What a session's DELETE leaves behind at Vectara, and what no call of its API can remove. */
const NOT_ERASED = [
  "traces and spans of the session, which may quote its messages: Vectara has no call that deletes them",
  "query history (/v2/queries) where it is kept: Vectara has no call that deletes it",
  "forks of the session (from_session): they carry no link to it and are found only by their own metadata",
  "sessions of agents that this API key cannot list",
  "documents in corpora, agent secrets, schedules, pipelines and their dead letters, and chats (/v2/chats)",
  "copies in connected services (Slack, Google Chat, Zoom), at providers of language models, and in backups",
];

/** Agent sessions at Vectara, over its public API (v2). */
export const vectaraProvider: Provider = {
  kinds: ["agent_sessions"],
  default_endpoint: "https://api.vectara.io",
  default_per_second: 5,
  default_settle_seconds: 60,
  expires_by_itself: true,
  open: (config, deps) => openVectara(config, deps),
};

/** Opens a source; the options are its time-outs and sizes. */
export function openVectara(
  config: SourceConfig,
  deps: Pick<SourceDeps, "now">,
  options: VectaraOptions = VECTARA_OPTIONS,
): CallSource {
  const client = createClient(config, deps.now, options);
  const paths = config.person_paths;
  return {
    capabilities: capabilitiesOf(config),
    removes: "by_call",
    // Vectara does not tell which account a key belongs to.
    account: async () => ok(null),
    ping: async (turn) => {
      const query = new URLSearchParams({ limit: "1" });
      const asked = await client.send(turn, {
        method: "GET",
        path: "/v2/agents",
        query,
        scope: null,
      });
      return asked.ok ? asked : err(asked.error.fault);
    },
    list: async (_query, cursor, sink, turn) => listPage(client, paths, cursor, sink, turn),
    read: async (ref, turn) => readSession(client, paths, ref, turn),
    remove: async (ref, turn) => removeSession(client, ref, turn),
    ownExpiry: async (ref, turn) => ownExpiry(client, ref, turn),
    clearOwnExpiry: async (ref, turn) => clearOwnExpiry(client, ref, turn),
    readActivity: async (ref, since, cursor, turn) =>
      readActivity(client, ref, since, cursor, turn),
    sharesChildren: async (scope, turn) =>
      config.shared_children ? ok(true) : sharesChildren(client, scope, turn),
  };
}

function capabilitiesOf(config: SourceConfig): Capabilities {
  return {
    identifiers: identifierTypesOf(config),
    concurrency: 6,
    selective: false,
    has_children: true,
    indexes_people: false,
    not_erased: NOT_ERASED,
  };
}

async function readSession(
  client: Client,
  personPaths: readonly string[],
  ref: SessionRef,
  turn: Turn,
): Promise<Result<Session | null, Fault>> {
  if (!isReference(ref)) {
    return ok(null);
  }
  const request = { method: "GET", path: sessionPath(ref), scope: ref.scope } as const;
  const asked = await client.send(turn, request, readerOfSession());
  if (!asked.ok) {
    return err(asked.error.fault);
  }
  if (asked.value.status === 404) {
    const gone = await client.gone(turn, ref.scope, asked.value);
    return gone.ok ? ok(null) : gone;
  }
  const json = jsonOf(asked.value);
  if (!json.ok) {
    return json;
  }
  const session = toSession(json.value, ref.scope, personPaths);
  const found = session.ok ? session.value : session.error.ref;
  if (found !== null && found.id !== ref.id) {
    return err({ kind: "invalid", detail: "another session than the one asked for was answered" });
  }
  if (session.ok) {
    return session;
  }
  const { detail } = session.error;
  return err({ kind: found === null ? "invalid" : "unreadable", detail });
}
