import { err, ok, type Result } from "../../core/values/result.ts";
import type { SessionRef } from "../../core/session/session.ts";
import { isJsonObject } from "../answer.ts";
import { invalid, type Fault } from "../fault.ts";
import {
  call,
  CALL_LIMITS,
  type Answer,
  type BodyReader,
  type HttpLimits,
  type Miss,
} from "../http.ts";
import type { SourceConfig } from "../provider.ts";
import type { Turn } from "../source.ts";
import { AgentRow, isKey } from "./wire.ts";

/** What can be set about how Vectara is reached. */
export interface VectaraOptions {
  /** Time-outs of one call, and the largest answer that is held. */
  readonly limits: HttpLimits;
  /** A page of sessions that is larger is asked for in smaller ones. Bytes. */
  readonly page_bytes: number;
  /** Pages of one list (the agents, one agent's sessions, one session's events) until it counts as endless. */
  readonly max_pages: number;
}

export const VECTARA_OPTIONS: VectaraOptions = {
  limits: { ...CALL_LIMITS, body_bytes: 8_388_608 },
  page_bytes: 33_554_432,
  max_pages: 100_000,
};

/** One call. `scope` is the agent that a 403 closes; null when it closes the source. */
export interface VectaraCall {
  readonly method: "GET" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly scope: string | null;
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** Calls to one account, with its credential. */
export interface Client {
  readonly options: VectaraOptions;
  readonly now: () => number;
  /** Asks at once: nothing is awaited before the call goes out. */
  send(turn: Turn, request: VectaraCall, reader?: BodyReader): Promise<Result<Answer, Miss>>;
  /**
   * What a 404 about a session means. Ok only when the session is gone for certain: the answer has
   * Vectara's own form, and the agent itself answers 200.
   */
  gone(turn: Turn, agent: string, answer: Answer): Promise<Result<"gone", Fault>>;
}

export function createClient(
  config: SourceConfig,
  now: () => number,
  options: VectaraOptions,
): Client {
  const { credential, endpoint } = config;

  async function send(
    turn: Turn,
    request: VectaraCall,
    reader: BodyReader | null = null,
  ): Promise<Result<Answer, Miss>> {
    // A key that no header can carry would look like a broken connection for ever.
    if (credential === null || endpoint === null || !/^[\x21-\x7e]+$/.test(credential)) {
      const detail = "the API key of this source is not set, or has characters that no key has";
      return err({ fault: { kind: "unauthorized", detail }, sent: false });
    }
    const { method, path, query, scope, body } = request;
    const url = `${endpoint}${path}${query === undefined ? "" : `?${query.toString()}`}`;
    const headers = { "x-api-key": credential, accept: "application/json", "user-agent": "lethe" };
    return call(
      { turn, now, limits: options.limits },
      ok({
        method,
        url,
        headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        scope,
      }),
      reader,
    );
  }

  async function gone(turn: Turn, agent: string, answer: Answer): Promise<Result<"gone", Fault>> {
    if (!isNotFound(answer)) {
      return err(
        invalid("answered 404, but not in Vectara's form: check the endpoint of this source"),
      );
    }
    const asked = await send(turn, { method: "GET", path: agentPath(agent), scope: agent });
    if (!asked.ok) {
      return err(asked.error.fault);
    }
    if (isNotFound(asked.value)) {
      const detail = "the agent is missing, so a 404 says nothing about its sessions";
      return err({ kind: "missing", scope: agent, detail });
    }
    const document = jsonOf(asked.value);
    if (!document.ok) {
      return document;
    }
    const row = AgentRow.safeParse(document.value);
    const key = row.success ? (row.data.key ?? row.data.id ?? agent) : null;
    return key === agent ? ok("gone") : err(invalid("the answer for an agent is not that agent"));
  }

  return { options, now, send, gone };
}

/** Whether an answer is a 404 in Vectara's own form, which has no required key and no code. */
export function isNotFound({ status, json }: Answer): boolean {
  return (
    status === 404 &&
    isJsonObject(json) &&
    ["messages", "message", "id", "request_id"].some((key) => Object.hasOwn(json, key))
  );
}

/** The JSON of a whole 2xx answer, or what is wrong with it. */
export function jsonOf(answer: Answer): Result<unknown, Fault> {
  const fault = answer.fault ?? answer.broken;
  if (fault !== null) {
    return err(fault);
  }
  return answer.json === undefined
    ? err(
        invalid(
          `answered ${answer.status} without readable JSON: check the endpoint of this source`,
        ),
      )
    : ok(answer.json);
}

export function agentPath(agent: string): string {
  return `/v2/agents/${pathPart(agent)}`;
}

export function sessionPath({ scope, id }: SessionRef): string {
  return `${agentPath(scope)}/sessions/${pathPart(id)}`;
}

/** Whether there can be a session of that name: a caller of the API may ask for any. */
export function isReference({ scope, id }: SessionRef): boolean {
  return isKey(scope) && isKey(id);
}

/** A path segment. `..` would survive the encoding, and make a session's DELETE its agent's. */
function pathPart(key: string): string {
  if (!isKey(key)) {
    throw new Error("a reference to a session holds a key that no list can have given");
  }
  return encodeURIComponent(key);
}
