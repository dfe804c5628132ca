import { readVersion } from "../../../src/kv/policies.ts";
import { policyTargets } from "../../../src/kv/targets.ts";
import { parseConfig } from "../../../src/config/config.ts";
import { problem } from "./fake_api.ts";

/** The part of the API that the policy command uses, in memory: stored policies with ETags, and previews. */
export interface PolicyApi {
  readonly fetch: typeof fetch;
  /** By id; a document that is no policy is invalid in the Worker too. */
  readonly stored: Map<string, unknown>;
  /** Each request: method, path, and its condition. */
  readonly seen: string[];
  /** Called before each request: to change what is there, or to answer instead. */
  before: (method: string, path: string) => Response | undefined;
}

const KEY = "seam_lethe_test";
const TARGETS = policyTargets(parseConfig({}).sources);
const PAGE = 2;

export function createPolicyApi(): PolicyApi {
  const stored = new Map<string, unknown>();
  const digestOf = (id: string): string | null => {
    const read = readVersion(id, stored.get(id), TARGETS);
    return read.ok ? read.value.digest : null;
  };
  const list = (after: string | null): Response => {
    const ids = [...stored.keys()].toSorted().filter((id) => after === null || id > after);
    const data = ids.slice(0, PAGE).map((id) => {
      const read = readVersion(id, stored.get(id), TARGETS);
      return read.ok
        ? { ...read.value, errors: [] }
        : { id, digest: null, policy: null, errors: read.error };
    });
    return Response.json({ data, next_cursor: ids.length > PAGE ? (ids[PAGE - 1] ?? null) : null });
  };
  const holds = (id: string, headers: Headers): boolean => {
    const match = headers.get("if-match");
    const isThere = stored.has(id);
    return headers.get("if-none-match") === "*"
      ? !isThere
      : match === "*"
        ? isThere
        : match === null || match === `"${digestOf(id)}"`;
  };
  const write = (method: string, id: string, headers: Headers, body: unknown): Response => {
    if (!holds(id, headers)) {
      return problem(412, "Somebody wrote.");
    }
    if (method === "DELETE") {
      return stored.delete(id) ? new Response(null, { status: 204 }) : problem(404, "None.");
    }
    const read = readVersion(id, body, TARGETS);
    if (!read.ok) {
      return problem(400, "Wrong.", { errors: read.error });
    }
    stored.set(id, read.value.policy);
    return Response.json(read.value.policy);
  };
  const api: PolicyApi = {
    stored,
    seen: [],
    before: () => undefined,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { method, headers } = request;
      const { pathname, searchParams } = new URL(request.url);
      const condition = headers.get("if-match") ?? headers.get("if-none-match");
      api.seen.push([method, pathname, ...(condition === null ? [] : [condition])].join(" "));
      const instead = api.before(method, pathname);
      if (instead !== undefined) {
        return instead;
      }
      if (headers.get("authorization") !== `Bearer ${KEY}`) {
        return problem(401, "No such key.");
      }
      const id = /^\/v1\/policies\/([^/]+)$/.exec(pathname)?.[1];
      if (id === undefined) {
        return list(searchParams.get("cursor"));
      }
      const body: unknown = method === "PUT" ? await request.json() : null;
      return write(method, decodeURIComponent(id), headers, body);
    },
  };
  return api;
}
