import type { SessionRef } from "../../core/session/session.ts";
import { invalid } from "../fault.ts";
import type { Answer } from "../http.ts";
import type { CallRemoval, Turn } from "../source.ts";
import { sessionPath, type Client } from "./client.ts";

/** Removes one session with its events and artifacts. The call goes out before anything is awaited. */
export async function removeSession(
  client: Client,
  ref: SessionRef,
  turn: Turn,
): Promise<CallRemoval> {
  const asked = await client.send(turn, {
    method: "DELETE",
    path: sessionPath(ref),
    scope: ref.scope,
  });
  if (!asked.ok) {
    const { fault, sent } = asked.error;
    return sent ? { kind: "unknown", fault } : { kind: "failed", fault };
  }
  if (asked.value.status === 404) {
    const gone = await client.gone(turn, ref.scope, asked.value);
    return gone.ok ? { kind: "absent" } : { kind: "failed", fault: gone.error };
  }
  return removalOf(asked.value);
}

/** What the answer to a DELETE means, a 404 apart. Only 204 without a body says that it is done. */
function removalOf({ status, fault, bytes, broken }: Answer): CallRemoval {
  if (fault === null) {
    return status === 204 && bytes === 0 && broken === null
      ? { kind: "deleted" }
      : { kind: "unknown", fault: invalid(`answered ${status} to a DELETE, and not an empty 204`) };
  }
  // A proxy gives these also when the service behind it has done the work.
  if (status >= 500 || status === 408) {
    return { kind: "unknown", fault };
  }
  if (status === 400 || status === 422) {
    return { kind: "refused", fault };
  }
  if (status === 409) {
    const detail = "answered 409: the session is in use";
    return { kind: "failed", fault: { kind: "unavailable", detail } };
  }
  return { kind: "failed", fault };
}
