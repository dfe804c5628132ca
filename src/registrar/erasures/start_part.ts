import type { JobError } from "../../core/report/job.ts";
import { erasureDueAt } from "../../core/rule/erasure_due.ts";
import { canSearch, SESSION_TYPES } from "../../core/session/subject.ts";
import { UNTOLD_PART } from "../../core/report/erasure.ts";
import { whoAt } from "../../core/report/who.ts";
import { formatTimestamp } from "../../core/values/timestamp.ts";
import { accountOf, nameOfAccount, type Records } from "../records.ts";
import type { Actor, ErasureRequest } from "../../contract/registrar.ts";
import type { ErasureHead } from "../tables/erasures.ts";

/** Identifier types each source can search by. */
type Searchable = ReadonlyMap<string, readonly string[]>;

/** Begins the part of one source among those that an erasure is asked of. */
export function startPart(
  records: Records,
  id: string,
  source: string,
  searchable: Searchable,
  { identifiers, scopes, dry_run: isDryRun }: ErasureRequest,
): void {
  const types = searchable.get(source) ?? null;
  const searches = types !== null && canSearch(identifiers, types);
  // One that nobody can open may have any session.
  const mayHave = (type: string): boolean => types?.includes(type) ?? true;
  const account = nameOfAccount(records, source);
  const isElsewhere =
    records.config.unusable_sources.length > 0 ||
    [...searchable].some(
      ([other, theirs]) =>
        nameOfAccount(records, other) !== account &&
        theirs.some((type) => SESSION_TYPES.has(type) && mayHave(type)),
    );
  records.erasures.savePart(
    id,
    {
      source,
      report: {
        ...UNTOLD_PART,
        status: searches ? "queued" : types === null ? "failed" : "not_searched",
        error: types === null ? unusable(source) : null,
      },
      conflict: null,
      account,
      ids_sought: [...identifiers.entries()]
        .filter(([, { type }]) => SESSION_TYPES.has(type) && mayHave(type))
        .map(([index]) => index),
      ids_found: [],
      unsearched: 0,
      plan_digest: null,
      stalled_since: null,
    },
    0,
  );
  if (searches) {
    records.commands.put(source, {
      do: "start",
      order: {
        kind: "erasure",
        id,
        identifiers,
        account: accountOf(records, source),
        ...(isDryRun ? { preview: true } : {}),
        ...(scopes === null ? {} : { scopes }),
        ...(isElsewhere ? { ids_elsewhere: true } : {}),
      },
    });
  }
}

function unusable(source: string): JobError {
  const message = `${source} is configured wrongly and was not searched: /healthz with a key says what to mend`;
  return { code: "source_missing", message };
}

/** The report of an erasure as it begins. */
export function newHead(
  id: string,
  request: ErasureRequest,
  actor: Actor,
  now: number,
): ErasureHead {
  return {
    id,
    status: "queued",
    dry_run: request.dry_run,
    regulation: request.regulation,
    requested_at: formatTimestamp(request.requested_at),
    due_at: formatTimestamp(erasureDueAt(request.regulation, request.requested_at)),
    waits_since: null,
    reference: request.reference,
    identifier_types: [...new Set(request.identifiers.map(({ type }) => type))],
    limited_to: { sources: request.sources, scopes: request.scopes },
    plan_digest: null,
    blockers: null,
    statement: null,
    error: null,
    started_by: whoAt(actor, now),
    approved_by: [],
    cancelled_by: null,
    created_at: formatTimestamp(now),
    finished_at: null,
  };
}
