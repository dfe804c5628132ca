import type {
  ErasureRequest,
  Actor,
  IdempotencyKey,
  Delivery,
  OpenErasureAnswer,
} from "../../contract/registrar.ts";
import { createId } from "../../core/values/id.ts";
import { identifierTypesOf } from "../../sources/kinds.ts";
import type { Records } from "../records.ts";
import type { StoredErasure } from "../tables/erasures.ts";
import { noteActivity } from "../signals/activity.ts";
import { advance } from "./combine_parts.ts";
import { showErasure, mustShow } from "./report.ts";
import { newHead, startPart } from "./start_part.ts";

/** Opens an erasure over all sources, or finds the one that the same request has opened before. */
export function openErasure(
  records: Records,
  request: ErasureRequest,
  actor: Actor,
  idempotency: IdempotencyKey | null,
  delivery: Delivery | null,
): OpenErasureAnswer {
  const now = records.runtime.now();
  const known =
    delivery !== null
      ? records.idempotency.findDelivery(delivery, now)
      : records.idempotency.find(idempotency, now);
  if (known.kind === "conflict") {
    return { kind: "idempotency_conflict" };
  }
  const earlier = known.kind === "replayed" ? showErasure(records, known.answer) : null;
  if (earlier !== null) {
    return { kind: "replayed", erasure: earlier };
  }
  const id = createId("ers", now, records.runtime.randomBytes);
  const asked = delivery === null ? 0 : records.idempotency.keepDelivery(delivery, id, now);
  records.idempotency.keep(idempotency, id, now);
  const stored: StoredErasure = {
    head: newHead(id, request, actor, now),
    state: {
      proceeded: false,
      approved: false,
      must_ask: delivery !== null && asked > delivery.max_per_hour,
      stopping: null,
      without: [],
    },
  };
  records.erasures.add(stored, request.identifiers);
  noteActivity(records, request.dry_run ? "erasure.previewed" : "erasure.requested", id, actor);
  const isAsked = (source: string): boolean => request.sources?.includes(source) ?? true;
  const limited = new Map(
    [...records.config.sources.values()].flatMap((source) =>
      isAsked(source.name) ? [[source.name, identifierTypesOf(source)] as const] : [],
    ),
  );
  for (const source of [...limited.keys(), ...records.config.unusable_sources.filter(isAsked)]) {
    startPart(records, id, source, limited, request);
  }
  advance(records, id);
  return { kind: "opened", erasure: mustShow(records, id) };
}
