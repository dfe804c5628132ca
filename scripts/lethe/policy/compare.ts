import type { PolicyVersion } from "../../../src/contract/registrar.ts";
import type { StoredEntry } from "./stored.ts";

/** One field of a policy that differs: JSON texts, null where it is not there. */
export interface FieldChange {
  readonly field: string;
  readonly from: string | null;
  readonly to: string | null;
}

/** What has to happen to one policy of the Worker, so that it is as the files are. */
export type Change = { readonly fields: readonly FieldChange[] } & (
  | { readonly kind: "add"; readonly version: PolicyVersion }
  | { readonly kind: "change"; readonly version: PolicyVersion; readonly digest: Digest }
  | { readonly kind: "remove"; readonly id: string; readonly digest: Digest }
);

/** Of the version in the Worker; null when that is invalid. */
type Digest = string | null;

/** Every difference between files and Worker, in the order of ids. The digests decide what is one. */
export function compare(
  files: readonly PolicyVersion[],
  stored: ReadonlyMap<string, StoredEntry>,
): readonly Change[] {
  const changes = files.flatMap((version): Change[] => {
    const entry = stored.get(version.id);
    if (entry === undefined) {
      return [{ kind: "add", version, fields: fieldChanges({}, version.policy) }];
    }
    const fields = fieldChanges(entry.policy ?? {}, version.policy);
    return entry.digest === version.digest
      ? []
      : [{ kind: "change", version, fields, digest: entry.digest }];
  });
  const named = new Set(files.map(({ id }) => id));
  const gone = [...stored.values()].flatMap(({ id, digest, policy }): Change[] =>
    named.has(id) ? [] : [{ kind: "remove", id, digest, fields: fieldChanges(policy ?? {}, {}) }],
  );
  return [...changes, ...gone].toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

export function idOf(change: Change): string {
  return change.kind === "remove" ? change.id : change.version.id;
}

/** The fields in which two stored forms differ, by their dotted paths. */
export function fieldChanges(from: object, to: object): FieldChange[] {
  const before = leaves(from);
  const now = leaves(to);
  return [...new Set([...before.keys(), ...now.keys()])].toSorted().flatMap((field) => {
    const change = { field, from: before.get(field) ?? null, to: now.get(field) ?? null };
    return change.from === change.to ? [] : [change];
  });
}

function leaves(value: unknown, at = ""): Map<string, string> {
  if (Array.isArray(value)) {
    return new Map(value.flatMap((inner, index) => [...leaves(inner, `${at}[${index}]`)]));
  }
  if (typeof value === "object" && value !== null) {
    return new Map(
      Object.entries(value).flatMap(([key, inner]) => [
        ...leaves(inner, at === "" ? key : `${at}.${key}`),
      ]),
    );
  }
  return value === undefined ? new Map() : new Map([[at, JSON.stringify(value)]]);
}
