import { randomUUID } from "node:crypto";

import type { SeamOptions } from "./seam.ts";
import type { SeamRow, SeamStore } from "./seam-store.ts";
import { jsonAnswer, type FakeAnswer } from "./wire.ts";

/** What a route works with, once the caller is known and the parameters are good. */
export interface SeamCall {
  method: string;
  workspace: string;
  input: Record<string, unknown>;
  store: SeamStore;
  options: SeamOptions;
  now: number;
}

/** An answer in the envelope's error form, with the request id where Seam puts it. */
export function seamError(
  status: number,
  type: string,
  message: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): FakeAnswer {
  const body = { error: { type, message, ...more }, ok: false };
  return jsonAnswer(status, body, { "seam-request-id": randomUUID(), ...headers });
}

/** A 200 with the request id. */
export function seamOk(body: object): FakeAnswer {
  return jsonAnswer(200, body, { "seam-request-id": randomUUID() });
}

/** The 404 of an unknown session. */
export function notFound(): FakeAnswer {
  return seamError(404, "client_session_not_found", "Client session not found");
}

/** The caller's own row, or none: another workspace's session does not exist for it. */
export function ownRow(call: SeamCall, id: unknown): SeamRow | undefined {
  const row = typeof id === "string" ? call.store.find(id) : undefined;
  return row?.owner === call.workspace ? row : undefined;
}

/** The first session of a user in the caller's workspace. */
export function firstOfUser(call: SeamCall, key: unknown): SeamRow | undefined {
  if (typeof key !== "string") {
    return undefined;
  }
  for (const row of call.store.rows(call.workspace)) {
    if (row.session.user_identifier_key === key) {
      return row;
    }
  }
  return undefined;
}
