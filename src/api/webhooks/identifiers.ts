import { valueAt } from "../../core/values/fields.ts";
import { fieldErrors, type FieldError } from "../../core/policy/policy.ts";
import { err, ok, type Result } from "../../core/values/result.ts";
import { Identifier, identifiersOf } from "../../core/session/subject.ts";

/**
 * The identifiers in the declared fields of a payload (`{"data.id": "user_identifier_key"}`). A field
 * that is absent or null says nothing; all of them so, or one with what is no identifier, is an error.
 */
export function readIdentifiers(
  payload: unknown,
  fields: Readonly<Record<string, string>>,
): Result<readonly Identifier[], readonly FieldError[]> {
  const identifiers: Identifier[] = [];
  const errors: FieldError[] = [];
  for (const [path, type] of Object.entries(fields)) {
    const value = valueAt(payload, path);
    if (value === undefined || value === null) {
      continue;
    }
    // A signed delivery is taken at its word: nobody is there to be asked whether a value is meant.
    const parsed = Identifier.safeParse({ type, value, exact: true });
    if (parsed.success) {
      identifiers.push(...identifiersOf([parsed.data]));
    } else {
      const [first] = fieldErrors(parsed.error);
      errors.push({ field: path, message: first?.message ?? "not an identifier" });
    }
  }
  if (identifiers.length === 0 && errors.length === 0) {
    const message = "missing: one of the declared fields must name the person";
    return err(Object.keys(fields).map((field) => ({ field, message })));
  }
  return errors.length === 0 ? ok(identifiers) : err(errors);
}
