import * as z from "zod";
import type { FindAnswer, FoundRemoval, Untold } from "../../contract/custodian.ts";
import type { ApiDeps } from "../../deps.ts";
import { named, says } from "../../core/values/doc.ts";

const OUTCOMES = ["found", "planned", "removed", "absent", "not_searched", "unavailable"] as const;

/** What a source said when a session was looked for. */
export const Searched = z
  .strictObject({
    source: z.string(),
    outcome: z
      .enum(OUTCOMES)
      .meta(
        says(
          "`planned`: not there, and still in a plan; `removed`: Lethe removed one of this id; `not_searched`: it may be there, in a scope that was not looked into; `unavailable`: it did not tell",
        ),
      ),
    detail: z.string().nullable(),
  })
  .meta(named("SearchedSource"));
export type Searched = Readonly<z.output<typeof Searched>>;

/** Where a session is, or was last; a scope of null: that is not kept. */
export type Place =
  | { readonly kind: "at"; readonly source: string; readonly scope: string }
  | {
      readonly kind: "removed";
      readonly source: string;
      readonly scope: null;
      readonly removed: FoundRemoval;
    };

export interface Search {
  /** More than one: several sessions have the id. */
  readonly places: readonly Place[];
  readonly searched: readonly Searched[];
  /** Why no source told anything; null: one did. */
  readonly untold: (Untold & { readonly source: string }) | null;
}

type Found = Extract<FindAnswer, { kind: "searched" }>;

/** Looks for a session by its id, in all of these sources at once: one call to each at most. */
export async function searchSources(
  { custodian }: ApiDeps,
  sources: readonly string[],
  scopes: readonly string[] | null,
  id: string,
): Promise<Search> {
  const answers = await Promise.all(
    sources.map(async (source) => ({ source, told: await custodian(source).find({ id, scopes }) })),
  );
  const untold = answers.flatMap(({ source, told }) =>
    told.kind === "searched" ? [] : [{ ...told, source }],
  );
  const places = (placesIn: (source: string, found: Found) => readonly Place[]): Place[] =>
    answers.flatMap(({ source, told }) => (told.kind === "searched" ? placesIn(source, told) : []));
  const tries = [
    places((source, { live }) => live.map((scope) => ({ kind: "at", source, scope }))),
    places((source, { planned }) => planned.map((scope) => ({ kind: "at", source, scope }))),
    places((source, { removed }) => (removed === null ? [] : [whereRemoved(source, removed)])),
  ];
  return {
    places: tries.find((found) => found.length > 0) ?? [],
    searched: answers.map(({ source, told }) => ({ source, ...outcomeOf(told) })),
    untold: untold.length === answers.length ? (untold[0] ?? null) : null,
  };
}

function whereRemoved(source: string, removed: FoundRemoval): Place {
  const { scope } = removed;
  return scope === null
    ? { kind: "removed", source, scope, removed }
    : { kind: "at", source, scope };
}

function outcomeOf(told: FindAnswer): Omit<Searched, "source"> {
  switch (told.kind) {
    case "searched": {
      const { live, planned, removed, is_whole: isWhole } = told;
      const known =
        live.length > 0
          ? "found"
          : planned.length > 0
            ? "planned"
            : removed !== null
              ? "removed"
              : null;
      const detail = isWhole ? null : "it cannot be searched by id alone: give `scope`";
      return { outcome: known ?? (isWhole ? "absent" : "not_searched"), detail };
    }
    case "busy":
      return { outcome: "unavailable", detail: "too many ask about its sessions at once" };
    case "migrations_missing":
      return { outcome: "unavailable", detail: "its tables are not there yet" };
    case "unavailable":
      return { outcome: "unavailable", detail: told.detail };
  }
}
