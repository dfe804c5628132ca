import { err, ok, type Result } from "../../core/values/result.ts";
import type { SessionRef } from "../../core/session/session.ts";
import { invalid, type Fault } from "../fault.ts";
import type { Turn } from "../source.ts";
import { isReference, jsonOf, sessionPath, type Client, type VectaraCall } from "./client.ts";
import { readerOfSession } from "./page.ts";
import { SessionRow } from "./wire.ts";

// A session with `tti_minutes` above 0 is removed by Vectara itself after so many minutes without an event.
// Whether a PATCH sets the clock back, and how late it removes, is not documented.

/** Minutes without activity after which Vectara removes a session; null when it does not. */
export async function ownExpiry(
  client: Client,
  ref: SessionRef,
  turn: Turn,
): Promise<Result<number | "absent" | null, Fault>> {
  if (!isReference(ref)) {
    return ok("absent");
  }
  return ask(client, ref, turn, { method: "GET", path: sessionPath(ref), scope: ref.scope });
}

/** Sets `tti_minutes` to 0; ok only when Vectara's answer shows it so. */
export async function clearOwnExpiry(
  client: Client,
  ref: SessionRef,
  turn: Turn,
): Promise<Result<void, Fault>> {
  if (!isReference(ref)) {
    return err(invalid("the session is gone"));
  }
  const request = { method: "PATCH", path: sessionPath(ref), scope: ref.scope } as const;
  const left = await ask(client, ref, turn, { ...request, body: { tti_minutes: 0 } });
  if (!left.ok) {
    return left;
  }
  return left.value === null
    ? ok(undefined)
    : err(
        invalid(left.value === "absent" ? "the session is gone" : "answered another tti_minutes"),
      );
}

async function ask(
  client: Client,
  ref: SessionRef,
  turn: Turn,
  request: VectaraCall,
): Promise<Result<number | "absent" | null, Fault>> {
  const asked = await client.send(turn, request, readerOfSession());
  if (!asked.ok) {
    return err(asked.error.fault);
  }
  if (asked.value.status === 404) {
    const gone = await client.gone(turn, ref.scope, asked.value);
    return gone.ok ? ok("absent") : gone;
  }
  const json = jsonOf(asked.value);
  if (!json.ok) {
    return json;
  }
  const row = SessionRow.safeParse(json.value);
  if (!row.success || (row.data.key ?? row.data.id) !== ref.id) {
    return err(invalid("another session than the one asked for was answered"));
  }
  const minutes = row.data.tti_minutes ?? 0;
  // What is no number may mean anything: it is not said that the session stays.
  if (typeof minutes !== "number" || !(minutes >= 0)) {
    return err(invalid("answered a tti_minutes that is no number"));
  }
  return ok(minutes === 0 ? null : minutes);
}
