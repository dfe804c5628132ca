import type { ErasureReport } from "../../core/report/erasure.ts";
import type { ErasurePart } from "../../core/rule/erasure.ts";
import { sha256 } from "../../core/values/hash.ts";
import type { Records } from "../records.ts";
import type { StoredErasure } from "../tables/erasures.ts";

export function mustShow(records: Records, id: string): ErasureReport {
  const report = showErasure(records, id);
  if (report === null) {
    throw new Error("an erasure that was just stored is not there");
  }
  return report;
}

/** An erasure as the API shows it. */
export function showErasure(records: Records, id: string): ErasureReport | null {
  const stored = records.erasures.get(id);
  return stored === null ? null : reportOf(stored, records.erasures.parts(id));
}

/** One erasure with its parts. */
export function reportOf({ head }: StoredErasure, parts: readonly ErasurePart[]): ErasureReport {
  return {
    ...head,
    status_url: `/v1/erasures/${head.id}`,
    sources: Object.fromEntries(parts.map(({ source, report }) => [source, report])),
  };
}

/** The digest of the whole plan: over those of its parts. */
export function digestOf(parts: readonly ErasurePart[]): string {
  return sha256(
    parts.map(({ source, plan_digest }) => `${source}\n${plan_digest ?? ""}`).join("\n"),
  );
}
