import * as z from "zod";
import { ROLES } from "../lethe/setup/roles.ts";
import { VARIABLES } from "../../src/config/variables.ts";

/** Every variable. */
export function variables(): string[] {
  return Object.entries(VARIABLES).map(
    ([name, schema]) => `- \`${name}\`: ${schema.meta()?.description}`,
  );
}

/** What `lethe key new` gives a key of each role. */
export const roles = (): string[] =>
  Object.entries(ROLES).map(
    ([name, { may, scopes }]) =>
      `- \`${name}\`: ${may}. ${scopes.map((scope) => `\`${scope}\``).join(", ")}`,
  );

/** What a JSON Schema says, as far as it is looked at here. */
interface Shape {
  readonly type?: string;
  readonly items?: Shape;
  readonly additionalProperties?: Shape | false;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
}

/** The fields of an object, or of those that a list or a record holds. */
export function fieldsOf(schema: z.ZodType): string[] {
  const whole = z.toJSONSchema(schema, { io: "input" }) as Shape;
  // A closed object says of other keys that there are none.
  const inner = whole.items ?? (whole.additionalProperties || whole);
  const { properties = {}, required = [] } = inner;
  return Object.entries(properties).map(([name, field]) => {
    if (field.description === undefined) {
      throw new Error(`the field ${name} is not described`);
    }
    const kinds = [
      ...(field.enum === undefined ? [field.type ?? "value"] : [choiceOf(field.enum)]),
      ...(required.includes(name) ? ["required"] : []),
      ...(field.default === undefined ? [] : [`default ${JSON.stringify(field.default)}`]),
    ];
    return `- \`${name}\` (${kinds.join(", ")}): ${field.description}`;
  });
}

function choiceOf(words: readonly unknown[]): string {
  return words.map((one) => `\`${String(one)}\``).join(" or ");
}
