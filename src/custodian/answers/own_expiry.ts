import type { SessionRef } from "../../core/session/session.ts";
import type { OwnExpiry } from "../../contract/custodian.ts";
import type { Work } from "../job/work.ts";

/** Learns whether a session is there, and whether its provider would remove it by itself; clears that. */
export async function readOwnExpiry(
  work: Work | null,
  ref: SessionRef,
  clear: boolean,
): Promise<OwnExpiry> {
  if (work === null) {
    return { kind: "unknown", detail: "the source is not configured" };
  }
  const turn = await work.meter.reserve();
  if (!turn.ok) {
    return { kind: "unknown", detail: turn.error.detail };
  }
  if (work.source.ownExpiry === undefined) {
    const session = await work.source.read(ref, turn.value);
    if (!session.ok && session.error.kind !== "unreadable") {
      return { kind: "unknown", detail: session.error.detail };
    }
    return { kind: session.ok && session.value === null ? "absent" : "none" };
  }
  const found = await work.source.ownExpiry(ref, turn.value);
  if (!found.ok) {
    return { kind: "unknown", detail: found.error.detail };
  }
  if (found.value === "absent" || found.value === null) {
    return { kind: found.value ?? "none" };
  }
  const minutes = found.value;
  if (!clear || work.source.clearOwnExpiry === undefined) {
    return { kind: "expires", minutes };
  }
  const cleared = await work.source.clearOwnExpiry(ref, turn.value);
  return cleared.ok
    ? { kind: "cleared", minutes }
    : { kind: "unknown", detail: `not cleared: ${cleared.error.detail}` };
}
