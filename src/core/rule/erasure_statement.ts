import type { ErasureLimits, ErasureStatus } from "../report/erasure.ts";
import { undone } from "../report/undone.ts";
import type { ErasurePart } from "./erasure.ts";

/** What may be said at the end, and no more. */
export function statementOf(
  status: ErasureStatus,
  parts: readonly ErasurePart[],
  limits: ErasureLimits,
): string | null {
  const where = whereOf(limits);
  const times = parts.flatMap(({ source, report }) => {
    const last = report.verified_at.at(-1);
    return last === undefined ? [] : [`${source} at ${last}`];
  });
  const more = unattributableOf(parts);
  switch (status) {
    case "completed":
      return `No session matching the selector ${where}was visible to this credential, in these accounts, at these times: ${times.join(", ")}.${more}`;
    case "no_match":
      return `Every source ${limits.sources === null ? "" : "that was asked for "}was searched, and no session matching the selector ${where}was visible to this credential: ${times.join(", ")}.${more}`;
    case "partial":
      return `Not everything that was asked for could be ${undone(parts.map(({ report }) => report))}. The results of each source say what was not.${more}`;
    case "observed": {
      const found = parts.reduce((sum, { report }) => sum + report.found, 0);
      return `This was a dry run, and nothing was removed. Sessions matching the selector ${where}in what could be searched: ${found}.${more}`;
    }
    default:
      return null;
  }
}

/** What nobody can say of sessions that name nobody: they may be this person's, and are still there. */
function unattributableOf(parts: readonly ErasurePart[]): string {
  const counted = parts.flatMap(({ source, report: { unattributable: n } }) =>
    n === 0 ? [] : [`${n} in ${source}`],
  );
  return counted.length === 0
    ? ""
    : ` Not searched: sessions that name nobody and whose parent was gone before it was ever seen, ${counted.join(", ")}. Nobody can say whose they are.`;
}

/** Which part of everything the sentence is about, where it is not about all of it. */
function whereOf({ sources, scopes }: ErasureLimits): string {
  const limits = [sources === null ? null : "sources", scopes === null ? null : "scopes"];
  const named = limits.filter((one) => one !== null).join(" and ");
  return named === "" ? "" : `in the ${named} that were asked for `;
}
