/** A part of a document. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of an object; none of anything else. */
export function membersOf(value: Json | undefined): readonly (readonly [string, Json])[] {
  return isObject(value) ? Object.entries(value) : [];
}

/** An object with each of its members made anew. */
export function mapMembers(
  value: Json | undefined,
  make: (member: Json, name: string) => Json,
): JsonObject {
  return Object.fromEntries(membersOf(value).map(([name, member]) => [name, make(member, name)]));
}
