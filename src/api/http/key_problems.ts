import type { Config } from "../../config/config.ts";
import type { FieldError } from "../../core/values/field_error.ts";

/** A place in API_KEYS, as far as it is of our own naming. */
const KEY_FIELD = /^API_KEYS(\[\d+\](\.(name|sha256|scopes|workspaces)(\[\d+\])?)?)?(?![^.[])/;

/**
 * What is wrong with API_KEYS; none: it is not set. Nobody who is told has shown a key: names that are not
 * ours, which may be secrets, are cut off.
 */
export function keyProblems({ problems }: Config): readonly FieldError[] {
  return problems.flatMap(({ field, message }) => {
    const known = KEY_FIELD.exec(field)?.[0];
    return known === undefined ? [] : [{ field: known, message }];
  });
}
