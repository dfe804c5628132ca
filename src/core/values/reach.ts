import { matchesGlob } from "./glob.ts";

/**
 * What a key reaches: these scopes of the embedded store, by their exact names, and nothing else; null:
 * everything there is.
 */
export type Reach = readonly string[] | null;

/** A source as far as reach is concerned. */
export interface ReachedSource {
  readonly name: string;
  /** Scopes of an upstream account are not those of the embedded store, whatever they are called. */
  readonly is_embedded: boolean;
}

/**
 * What of some scopes of a source a key does not reach, in words for its holder; null: it reaches all of
 * them. Scopes are exact names or globs; null: every scope. A glob reaches scopes that nobody has named.
 */
export function beyondReach(
  reach: Reach,
  { name, is_embedded }: ReachedSource,
  scopes: readonly string[] | null,
): string | null {
  if (reach === null) {
    return null;
  }
  if (!is_embedded) {
    return `the source ${name}, which is not in the embedded store`;
  }
  if (scopes === null) {
    return `every workspace of ${name}`;
  }
  const missing = scopes.find((scope) => scope.includes("*") || !reach.includes(scope));
  return missing === undefined ? null : `the workspace ${missing} of ${name}`;
}

/** Whether some scopes of a source, as above, may have one among them that a key reaches. */
export function touchesReach(
  reach: Reach,
  { is_embedded }: ReachedSource,
  scopes: readonly string[] | null,
): boolean {
  return (
    reach === null ||
    (is_embedded &&
      (scopes === null || scopes.some((glob) => reach.some((scope) => matchesGlob(glob, scope)))))
  );
}
