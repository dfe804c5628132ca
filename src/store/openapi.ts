import * as z from "zod";

// What the descriptions of both formats are made of.

/** A schema of JSON Schema, or another part of an OpenAPI document. */
export type Part = Readonly<Record<string, unknown>>;

/** The routes of one format, to be put into an OpenAPI document. */
export interface FormatDescription {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Part>>>>;
  readonly schemas: Readonly<Record<string, Part>>;
  readonly schemes: Readonly<Record<string, Part>>;
}

/** What is said by hand of one operation, beside what its code says. */
export interface Said {
  readonly id: string;
  readonly summary: string;
  /** An example of what it takes in its body. */
  readonly example?: Part;
}

export const refTo = (name: string): Part => ({ $ref: `#/components/schemas/${name}` });

export function jsonOf(description: string, schema: Part): Part {
  return { description, content: { "application/json": { schema } } };
}

export function bodyOf(schema: Part, example: Part | undefined): Part {
  return { required: true, content: { "application/json": { schema, example: example ?? {} } } };
}

/** An object with these fields and any others. */
export function recordOf(
  description: string,
  properties: Readonly<Record<string, Part>>,
  required: readonly string[] = [],
): Part {
  return { type: "object", description, properties, required };
}

/** What a request is asked for, in JSON Schema. A field that is not taken can have no value. */
export function inputOf(schema: z.ZodType): Part {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if ((zodSchema as unknown as z.ZodType).def.type === "undefined") {
        jsonSchema.not = {};
      }
    },
  });
  return rest;
}

/** The fields of an object as parameters of a query, those left out that are not taken. */
export function queryOf(schema: Part): Part[] {
  const fields = Object.entries((schema["properties"] ?? {}) as Readonly<Record<string, Part>>);
  const required = (schema["required"] ?? []) as readonly string[];
  return fields
    .filter(([, field]) => !("not" in field))
    .map(([name, field]) => ({
      name,
      in: "query",
      required: required.includes(name),
      schema: field,
    }));
}

/** Errors of these statuses, in the form of the format. */
export function errorsOf(
  meanings: Readonly<Record<number, string>>,
  schema: Part,
): Readonly<Record<string, Part>> {
  return Object.fromEntries(
    Object.entries(meanings).map(([status, meaning]) => [status, jsonOf(meaning, schema)]),
  );
}
