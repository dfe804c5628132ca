import { err, ok, type Result } from "../../core/values/result.ts";
import type { Fault } from "../fault.ts";
import {
  CALL_LIMITS,
  call,
  type BodyReader,
  type HttpLimits,
  type HttpRequest,
  type Wire,
} from "../http.ts";
import { identifierTypesOf } from "../kinds.ts";
import type { SourceConfig, SourceDeps } from "../provider.ts";
import type { CallSource, Capabilities, Query, Turn } from "../source.ts";
import { countListed, readerOfOne, readList } from "./list.ts";
import { readOutcome, removalOutcome } from "./outcome.ts";

/** Limits of the two shapes of call. */
export interface SeamLimits {
  readonly call: HttpLimits;
  readonly list: HttpLimits;
}

/** A list has no pages: it may be silent for 30 s and last 5 minutes; its size is bounded by the row. */
export const SEAM_LIMITS: SeamLimits = {
  call: CALL_LIMITS,
  list: { ...CALL_LIMITS, headers_ms: 30_000, idle_ms: 30_000, total_ms: 300_000 },
};

/** Identifier types that `/client_sessions/list` has a filter for, under the same name. */
const FILTERS: ReadonlySet<string> = new Set([
  "user_identifier_key",
  "user_identity_id",
  "client_session_id",
]);

const LIST = "/client_sessions/list";
const GET = "/client_sessions/get";
const DELETE = "/client_sessions/delete";

/** An id that no session has: asking for it tells that the API answers. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

const CAPABILITIES: Omit<Capabilities, "identifiers"> = {
  concurrency: 6,
  selective: false,
  has_children: false,
  indexes_people: false,
  not_erased: [
    "The connected accounts that the session gave access to, with their devices, events and access codes.",
    "The connect webviews that were opened in the session.",
    "The person's user identity, with its credentials, access grants, instant keys and phones.",
    "What was pushed to Seam under the person's resource keys (customers/push_data).",
    "Whatever the device makers' own systems hold: Seam does not undo anything there.",
  ],
};

/**
 * The client sessions of one Seam workspace. Only list, get and delete are called, each as POST with a
 * JSON body: the form that every version takes, and the one that keeps ids and people out of URLs.
 */
export function openSeam(
  config: SourceConfig,
  deps: Pick<SourceDeps, "now">,
  limits: SeamLimits,
): CallSource {
  const { endpoint, credential } = config;
  const identifiers = identifierTypesOf(config);
  let workspace: string | null = null;

  const prepare = (path: string, body: object): Result<HttpRequest, Fault> => {
    if (endpoint === null || credential === null) {
      return err({ kind: "unauthorized", detail: `set the API key of the source ${config.name}` });
    }
    const headers = {
      authorization: `Bearer ${credential}`,
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": "lethe",
    };
    return ok({ method: "POST", url: endpoint + path, headers, body: JSON.stringify(body) });
  };
  const wire = (turn: Turn, kind: keyof SeamLimits): Wire => ({
    turn,
    now: deps.now,
    limits: limits[kind],
  });
  const ask = async (path: string, id: string, turn: Turn, reader: BodyReader | null = null) =>
    call(wire(turn, "call"), prepare(path, { client_session_id: id }), reader);

  return {
    capabilities: { ...CAPABILITIES, identifiers },
    removes: "by_call",

    /** The workspace of the last row that list or get returned. Asks nothing: no route tells it. */
    async account() {
      return ok(workspace);
    },

    async ping(turn) {
      return ask(GET, NOBODY, turn).then((asked) => (asked.ok ? asked : err(asked.error.fault)));
    },

    async list(query, cursor, sink, turn) {
      const filters = filtersOf(query, identifiers);
      const step = cursor === null ? 0 : Number(cursor);
      const filter = filters[step];
      if (filter === undefined) {
        return err({ kind: "invalid", detail: "the list cursor does not belong to this query" });
      }
      const read = await readList(wire(turn, "list"), prepare(LIST, filter), sink);
      if (!read.ok) {
        return err(at(LIST, read.error));
      }
      workspace = read.value.workspace ?? workspace;
      const next = step + 1 < filters.length ? String(step + 1) : null;
      return ok({ next, unreadable: read.value.unreadable });
    },

    async countUpTo(most, turn) {
      const counted = await countListed(wire(turn, "list"), prepare(LIST, {}), most);
      return counted.ok ? counted : err(at(LIST, counted.error));
    },

    async read(ref, turn) {
      const read = readOutcome(await ask(GET, ref.id, turn, readerOfOne()), ref);
      if (!read.ok) {
        return err(at(GET, read.error));
      }
      workspace = read.value?.scope ?? workspace;
      return read;
    },

    // The API looks an id up in the one workspace of the key.
    async find(id, scopes, turn) {
      const read = readOutcome(await ask(GET, id, turn, readerOfOne()), { scope: null, id });
      if (!read.ok) {
        return err(at(GET, read.error));
      }
      const scope = read.value?.scope ?? null;
      const isMeant = scope !== null && (scopes === null || scopes.includes(scope));
      return ok({ scopes: isMeant ? [scope] : [], is_whole: true });
    },

    async remove({ id }, turn) {
      const removal = removalOutcome(await ask(DELETE, id, turn));
      return "fault" in removal ? { ...removal, fault: at(DELETE, removal.fault) } : removal;
    },
  };
}

/**
 * The bodies of the list calls whose union holds every session of a query: one for each identifier when
 * all that can match have a filter, else the whole list. Leaving one out would lose its sessions.
 */
function filtersOf(
  query: Query,
  searchable: readonly string[],
): readonly Readonly<Record<string, string>>[] {
  const known =
    query.kind === "person"
      ? query.identifiers.filter(({ type }) => searchable.includes(type))
      : [];
  const bodies = known.flatMap(({ type, value }) =>
    FILTERS.has(type) && typeof value === "string" && value !== "" ? [{ [type]: value }] : [],
  );
  return bodies.length > 0 && bodies.length === known.length ? bodies : [{}];
}

/** Says at which route a fault was met. */
function at(path: string, fault: Fault): Fault {
  return { ...fault, detail: `${path} ${fault.detail}` };
}
