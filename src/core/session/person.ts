import { valueAt } from "../values/fields.ts";
import type { PersonField, Scalar } from "./session.ts";

/**
 * Stands for a value at a person's path that cannot be compared exactly: an object, a list in a list, an
 * integer that JSON numbers cannot hold. It names somebody, and no identifier can equal it: JSON has no NaN,
 * and NaN equals nothing. `includes` finds it in a list.
 */
export const INCOMPARABLE = Number.NaN;

/** Whom an agent session's metadata names at a path: every value of a list, none for absent and null. */
export function metadataField(metadata: unknown, path: string): PersonField {
  const type = `metadata:${path}`;
  const isRecord = typeof metadata === "object" && !Array.isArray(metadata);
  if (metadata !== undefined && !isRecord) {
    return { type, values: [INCOMPARABLE] };
  }
  return { type, values: comparableValues(valueAt(metadata, path)) };
}

/** The values that a field holds: those of a list one by one, none for absent and null. */
export function comparableValues(found: unknown): Scalar[] {
  const values: readonly unknown[] = Array.isArray(found) ? found : [found];
  return values.flatMap(comparable);
}

function comparable(value: unknown): Scalar[] {
  if (value === undefined || value === null) {
    return [];
  }
  if (typeof value === "number") {
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? [INCOMPARABLE] : [value];
  }
  return typeof value === "string" || typeof value === "boolean" ? [value] : [INCOMPARABLE];
}
