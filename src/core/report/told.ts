import type * as z from "zod";

/** A field of a report that a Custodian tells, and what stands in it until it has. */
export function told<S extends z.ZodType>(schema: S, before: z.output<S>) {
  return { schema, before };
}

type Told = Readonly<Record<string, ReturnType<typeof told>>>;

/** The fields as a report's schema has them. */
export function schemasOf<T extends Told>(fields: T) {
  return mapValues(fields, ({ schema }) => schema) as { [K in keyof T]: T[K]["schema"] };
}

/** The fields of a report before anything was told. */
export function beforeTold<T extends Told>(fields: T) {
  return mapValues(fields, ({ before }) => before) as {
    readonly [K in keyof T]: z.output<T[K]["schema"]>;
  };
}

function mapValues(fields: Told, map: (field: Told[string]) => unknown): object {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, map(field)]));
}
