import { isInForce, type HoldSelector } from "../../core/hold/hold.ts";
import {
  targetOf,
  type HoldMatches,
  type HoldReport,
  type HoldTarget,
  type HoldWarning,
} from "../../core/report/hold.ts";
import { createId } from "../../core/values/id.ts";
import { formatInstant, formatTimestamp } from "../../core/values/timestamp.ts";
import type { OwnExpiry } from "../../contract/custodian.ts";
import { canSearch, type Identifier } from "../../core/session/subject.ts";
import { identifierTypesOf } from "../../sources/kinds.ts";
import { providerOf } from "../../sources/open.ts";
import type { SourceConfig } from "../../sources/provider.ts";
import type { Records } from "../records.ts";
import type {
  Actor,
  HoldRequest,
  PlaceHoldAnswer,
  IdempotencyKey,
  CancelRefusal,
} from "../../contract/registrar.ts";
import { restraintsCopy, isTooLarge, lateReport, raiseRestraints } from "./restraints.ts";
import { noteActivity } from "../signals/activity.ts";
import type { LateBySource, StoredHold } from "../tables/holds.ts";

export type Placed =
  | { readonly kind: "placed"; readonly id: string }
  | Exclude<PlaceHoldAnswer, { kind: "placed" }>;

/** Records a hold under a new version of the restraints, or finds the one that the same request placed. */
export function placeHold(
  records: Records,
  request: HoldRequest,
  actor: Actor,
  idempotency: IdempotencyKey | null,
): Placed {
  const now = records.runtime.now();
  const known = records.idempotency.find(idempotency, now);
  if (known.kind === "conflict") {
    return { kind: "idempotency_conflict" };
  }
  if (known.kind === "replayed" && records.holds.get(known.answer) !== null) {
    return { kind: "placed", id: known.answer };
  }
  const { selector, ground, owner, review_at, ends_at, public_reason, reference } = request;
  const id = createId("hld", now, records.runtime.randomBytes);
  const copy = restraintsCopy(records);
  const added = { id, version: copy.version + 1, selector, ends_at, public_reason };
  if (isTooLarge({ ...copy, holds: [...copy.holds, added] })) {
    return { kind: "too_many" };
  }
  const version = raiseRestraints(records);
  const head = {
    ground,
    owner,
    public_reason,
    reference,
    placed_by: actor,
    placed_at: formatTimestamp(now),
    released_by: null,
    released_at: null,
    warnings: firstWarnings(records, selector),
    matches: null,
  };
  const target = targetOf(selector);
  records.holds.add(
    { id, version, head, target, ends_at, review_at, late: {}, over_in: null },
    selector,
  );
  records.idempotency.keep(idempotency, id, now);
  noteActivity(records, "hold.placed", id, actor);
  return { kind: "placed", id };
}

/** Releases a hold; whom it bound is forgotten at once. */
export function releaseHold(records: Records, id: string, actor: Actor): CancelRefusal | null {
  const hold = records.holds.get(id);
  if (hold === null) {
    return { kind: "not_found" };
  }
  if (hold.over_in !== null) {
    return { kind: "wrong_status", status: statusOf(records, hold) };
  }
  records.holds.saveHead(id, {
    ...hold.head,
    released_by: actor,
    released_at: formatTimestamp(records.runtime.now()),
  });
  end(records, hold, raiseRestraints(records));
  noteActivity(records, "hold.released", id, actor);
  return null;
}

/**
 * Ends the holds whose end has passed. The time is the earlier of the tick and the clock: one that is
 * wrong must not take a hold away for good.
 */
export function endHolds(records: Records, time: number): void {
  const past = records.holds.past(time);
  if (past.length > 0) {
    const version = raiseRestraints(records);
    for (const hold of past) {
      end(records, hold, version);
      noteActivity(records, "hold.ended", hold.id, null);
    }
  }
}

/** Notes what was learnt of a held session's own expiry, in place of what was known; what was cleared stays. */
export function noteOwnExpiry(
  records: Records,
  id: string,
  source: string,
  expiry: OwnExpiry,
): void {
  const hold = records.holds.get(id);
  const warning = warningOf(source, expiry);
  if (hold !== null) {
    const cleared = hold.head.warnings.filter(({ code }) => code === "own_expiry_cleared");
    const warnings =
      warning?.code === "own_expiry_cleared"
        ? [warning]
        : [...cleared, ...(warning === null ? [] : [warning])];
    records.holds.saveHead(id, { ...hold.head, warnings });
  }
}

/** A hold as the API shows it. */
export function holdReport(records: Records, hold: StoredHold): HoldReport {
  const { head, id, target, ends_at: endsAt, review_at: reviewAt } = hold;
  const status = statusOf(records, hold);
  return {
    id,
    status,
    review_due: status === "in_force" && reviewAt <= records.runtime.now(),
    selector: target,
    ...head,
    review_at: formatTimestamp(reviewAt),
    ends_at: formatInstant(endsAt),
    in_force: Object.fromEntries(
      [...records.config.sources.keys()].map((source) => {
        const known = records.restraints.acknowledged(source);
        const isThere = known >= hold.version && (hold.over_in === null || known < hold.over_in);
        return [source, isThere && (status === "in_force" || hold.over_in !== null)];
      }),
    ),
    holds_back: null,
    left_out: null,
    too_late: lateReport([hold.late]),
    warnings: [
      ...head.warnings,
      ...(status === "in_force"
        ? [...missingSource(records, target), ...matchingNothing(head)]
        : []),
    ],
  };
}

/** A hold that matches no session anywhere may be a mistake; where a source was not counted, nobody knows. */
function matchingNothing({ matches, warnings }: StoredHold["head"]): HoldWarning[] {
  const counts = Object.entries(matches?.sources ?? {});
  const isKnown = warnings.some(({ code }) => code === "session_not_found");
  return isKnown || counts.some(([, count]) => count !== 0)
    ? []
    : counts.map(([source]) => ({
        code: "matches_nothing",
        source,
        message: `no session of ${source} matches it now: if one should, look at what it selects`,
      }));
}

/** Notes how many sessions a hold matched. */
export function noteMatches({ holds }: Records, id: string, matches: HoldMatches): void {
  const hold = holds.get(id);
  if (hold !== null) {
    holds.saveHead(id, { ...hold.head, matches });
  }
}

/** A hold that names a source which is not configured any more binds nothing. */
function missingSource({ config }: Records, target: HoldTarget): HoldWarning[] {
  const source = target.kind === "subject" ? null : target.source;
  if (source === null || config.sources.has(source)) {
    return [];
  }
  const message = `no source is called ${source} now, so this binds nothing: where it was renamed, place it anew`;
  return [{ code: "source_missing", source, message }];
}

function statusOf(
  { runtime }: Records,
  { head, over_in: over, ends_at }: StoredHold,
): HoldReport["status"] {
  if (over === null) {
    return isInForce({ ends_at }, runtime.now()) ? "in_force" : "ended";
  }
  return head.released_at === null ? "ended" : "released";
}

function end(records: Records, { id, late, target }: StoredHold, version: number): void {
  const counts: LateBySource = Object.fromEntries(
    Object.entries(late).map(([source, { count, unknown }]) => [
      source,
      { count, unknown, sessions: [] },
    ]),
  );
  const left = target.kind === "session" ? { ...target, id: null } : target;
  records.holds.end(id, version, left, counts);
}

/** What can be said before any source is asked. */
function firstWarnings({ config }: Records, selector: HoldSelector): HoldWarning[] {
  if (selector.kind === "session") {
    return [];
  }
  return [...config.sources.values()].flatMap((source): HoldWarning[] => {
    const { name, provider } = source;
    if (selector.kind === "subject" && !canName(selector.identifiers, source)) {
      const types = identifierTypesOf(source).join(", ");
      const message = `no session of ${name} names anybody by these types: ${types} would`;
      return [{ code: "binds_nothing_in", source: name, message }];
    }
    const isMeant = selector.kind === "subject" || (selector.source ?? name) === name;
    const message =
      "the provider itself removes sessions that have tti_minutes above 0, held or not: only a hold by session can look at that and clear it";
    return isMeant && providerOf(provider).expires_by_itself
      ? [{ code: "may_expire_by_itself", source: name, message }]
      : [];
  });
}

/** Whether a session of a source could name somebody by one of these types: any path is read in metadata. */
function canName(identifiers: readonly Identifier[], source: SourceConfig): boolean {
  return (
    canSearch(identifiers, identifierTypesOf(source)) ||
    (source.kind === "agent_sessions" &&
      identifiers.some(({ type }) => type.startsWith("metadata:")))
  );
}

function warningOf(source: string, expiry: OwnExpiry): HoldWarning | null {
  switch (expiry.kind) {
    case "none":
      return null;
    case "absent":
      return {
        code: "session_not_found",
        source,
        message: "there is no such session now; the hold binds one that comes to have this id",
      };
    case "expires":
      return {
        code: "expires_by_itself",
        source,
        message: `the provider itself removes the session after ${expiry.minutes} minutes without activity (tti_minutes): place the hold with "clear_own_expiry": true to clear that`,
      };
    case "cleared":
      return {
        code: "own_expiry_cleared",
        source,
        message: `tti_minutes was ${expiry.minutes} and has been cleared; releasing the hold does not set it again`,
      };
    case "unknown":
      return {
        code: "own_expiry_unknown",
        source,
        message: `it could not be learnt, or not be changed, whether the provider itself removes the session: ${expiry.detail}`,
      };
  }
}
