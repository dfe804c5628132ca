import * as z from "zod";
import { formatInstant } from "../../core/values/timestamp.ts";
import { floorsOf } from "../../config/floors.ts";
import { clauseWords } from "../../core/policy/clause_words.ts";
import type { Explained } from "../../core/rule/explain.ts";
import { stopsOfPolicy, type PolicyStanding } from "../../core/rule/explain_policy.ts";
import { sweptNextAt } from "../../core/rule/swept_next.ts";
import { HOURLY } from "../../core/rule/next_run.ts";
import { err } from "../../core/values/result.ts";
import type { PolicyVersion } from "../../contract/registrar.ts";
import type { ApiDeps } from "../../deps.ts";
import { listPolicyIds, readVersion, readDocuments } from "../../kv/policies.ts";
import { policyTargets } from "../../kv/targets.ts";
import { isLocal } from "../../sources/provider.ts";
import type { ExplainedPolicy, ExplainedSession, InvalidVersion } from "./explanation.ts";

const UNREAD = err([{ field: "", message: "KV did not give it: ask again" }]);

/** The stored versions that are about a source; invalid ones also where nobody can tell. */
export async function versionsOf(
  { policies: kv, config }: ApiDeps,
  source: string,
): Promise<{ valid: PolicyVersion[]; invalid: InvalidVersion[] }> {
  const targets = policyTargets(config.sources);
  const valid: PolicyVersion[] = [];
  const invalid: InvalidVersion[] = [];
  for (const [id, read] of await readDocuments(kv, await listPolicyIds(kv))) {
    const document = read === "unread" ? UNREAD : read;
    const version = document?.ok === true ? readVersion(id, document.value, targets) : document;
    if (version === null) {
      continue;
    }
    if (!version.ok) {
      const named = document?.ok === true ? sourceOf(document.value) : null;
      if (named === null || named === source) {
        invalid.push({ id, errors: version.error });
      }
    } else if (version.value.policy.source === source) {
      valid.push(version.value);
    }
  }
  return { valid, invalid };
}

function sourceOf(document: unknown): string | null {
  const named = z.looseObject({ source: z.string() }).safeParse(document);
  return named.success ? named.data.source : null;
}

/** What one policy says of a session that is there. */
export function showPolicy(
  { config, now }: ApiDeps,
  { id, policy }: PolicyVersion,
  explained: Explained,
  standing: PolicyStanding,
  { session, planned }: ExplainedSession,
): ExplainedPolicy {
  const { verdict, clause, clock, threshold, due_at } = explained;
  const rows = planned.filter((row) => row.policy === id && !row.preview);
  const stops = stopsOfPolicy(policy, standing, explained, rows.length > 0);
  const source = config.sources.get(policy.source);
  const isAtEachTick = source !== undefined && isLocal(source);
  const awaited = {
    policy: id,
    runs: policy.schedule ?? (isAtEachTick ? standing.ticks : HOURLY),
    explained,
    stops,
    created_at: session?.clocks.created_at ?? null,
    min_ages: [policy.keep?.min_age, floorsOf(config, policy.source).min_age].flatMap(
      (age) => age ?? [],
    ),
    is_planned: rows.some(({ disposition }) => disposition === null),
  };
  const by = clause === null ? undefined : policy.expire[clause];
  return {
    policy: id,
    mode: policy.mode,
    verdict,
    unmatched_by: explained.unmatched_by,
    clause,
    clause_words: by === undefined ? null : `removed ${clauseWords(by)}`,
    clock,
    threshold: formatInstant(threshold),
    due_at: formatInstant(due_at),
    swept_next_at: formatInstant(sweptNextAt(awaited, now())),
    stopped_by: stops,
    errors: [],
  };
}
