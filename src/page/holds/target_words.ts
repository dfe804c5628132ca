import type { HoldGround } from "../../core/hold/hold.ts";
import type { HoldMatches, HoldTarget } from "../../core/report/hold.ts";

/** What a hold binds, in words. The values that name somebody are not in its report. */
export function targetWords(target: HoldTarget): string {
  switch (target.kind) {
    case "session":
      return target.id === null
        ? `a session in ${target.scope} of ${target.source}`
        : `session ${target.id} in ${target.scope} of ${target.source}`;
    case "subject":
      return `a person, by ${target.identifier_types.join(", ")}`;
    case "scope":
      return `everything in ${target.globs.join(", ")} of ${target.source}`;
    case "metadata":
      return `sessions by ${target.paths.join(", ")} in ${target.source ?? "every source"}`;
  }
}

/** Why a hold exists, in words. */
export function groundWords(ground: HoldGround): string {
  return "article" in ground ? `GDPR Art. ${ground.article}` : ground.text;
}

/** How many sessions a hold matched when it was placed; nothing where no source was counted. */
export function matchWords(matches: HoldMatches | null): string {
  const counts = Object.entries(matches?.sources ?? {});
  return counts.every(([, count]) => count === null)
    ? ""
    : `When it was placed, it matched ${counts.map(([source, count]) => `${count ?? "an unknown number"} in ${source}`).join(", ")}.`;
}
