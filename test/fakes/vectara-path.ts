import { randomUUID } from "node:crypto";

import type { Row } from "./vectara-store.ts";
import { jsonAnswer, type FakeAnswer } from "./wire.ts";

/** A path under /v2 taken apart. */
export interface VectaraPath {
  route: string;
  agent: string | undefined;
  session: string | undefined;
  event: string | undefined;
}

const PATH = /^\/v2\/agents(?:\/([^/]+)(?:\/sessions(?:\/([^/]+)(?:\/events(?:\/([^/]+))?)?)?)?)?$/;

function decoded(part: string | undefined): string | undefined {
  if (part === undefined) {
    return undefined;
  }
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Takes a path apart; `route` is the path itself where it is none of ours. */
export function readPath(path: string): VectaraPath {
  const parts = PATH.exec(path);
  const [agent, session, event] = [parts?.[1], parts?.[2], parts?.[3]].map(decoded);
  if (parts === null) {
    return { route: path, agent, session, event };
  }
  let route = "/v2/agents";
  if (agent !== undefined) {
    route += "/:agent";
  }
  if (agent !== undefined && path.includes("/sessions")) {
    route += "/sessions";
  }
  if (session !== undefined) {
    route += "/:session";
  }
  if (session !== undefined && path.endsWith("/events")) {
    route += "/events";
  }
  if (event !== undefined) {
    route += "/events/:event";
  }
  return { route, agent, session, event };
}

/** An error in the service's form: messages and a request id, never a code. */
export function vectaraError(
  status: number,
  message: string,
  more: Row = {},
  headers: Record<string, string> = {},
): FakeAnswer {
  return jsonAnswer(status, { ...more, messages: [message], request_id: randomUUID() }, headers);
}

/** A 400 that names the fields. */
export function badRequest(fields: Row): FakeAnswer {
  return vectaraError(400, "Invalid request", { field_errors: fields });
}

/** A 404 in the service's form. */
export function missing(id: string, what: string): FakeAnswer {
  return vectaraError(404, `${what} ${id} was not found`, { id });
}
