import { isObject, mapMembers, membersOf, type Json, type JsonObject } from "./json.ts";

// A field with a default may be left out of a request, and is always there in an answer. One schema of both
// says neither, and generated clients then ask for every field. So each schema stands here as its direction
// has it; one that is in requests and answers stands twice, in requests as `<name>Input`.

const REF = "#/components/schemas/";

type Direction = "request" | "answer";

/** Keywords whose values are no schemas. */
const LITERALS: ReadonlySet<string> = new Set(["enum", "const", "example", "examples", "required"]);

/** A document whose schemas are those of their direction. */
export function splitDirections(document: JsonObject): JsonObject {
  const { paths, components } = document;
  const schemas = isObject(components) ? components["schemas"] : undefined;
  const operations = membersOf(paths).flatMap(([, item]) => membersOf(item));
  const asked = new Set<string>();
  const answered = new Set<string>();
  for (const [, operation] of operations) {
    if (isObject(operation)) {
      addRefs(operation["requestBody"], schemas, asked);
      addRefs(operation["responses"], schemas, answered);
    }
  }
  const twice = new Set([...asked].filter((name) => answered.has(name)));
  const split: Record<string, Json> = {};
  for (const [name, schema] of membersOf(schemas)) {
    const isAsked = asked.has(name);
    if (isAsked) {
      split[twice.has(name) ? `${name}Input` : name] = rewrite(schema, "request", twice);
    }
    if (!isAsked || twice.has(name)) {
      split[name] = rewrite(schema, "answer", twice);
    }
  }
  return {
    ...document,
    components: { ...(isObject(components) ? components : {}), schemas: split },
    paths: mapMembers(paths, (item) =>
      mapMembers(item, (operation) => rewriteOperation(operation, twice)),
    ),
  };
}

function rewriteOperation(operation: Json, twice: ReadonlySet<string>): Json {
  if (!isObject(operation)) {
    return operation;
  }
  const { requestBody, responses } = operation;
  return {
    ...operation,
    ...(requestBody === undefined ? {} : { requestBody: rewrite(requestBody, "request", twice) }),
    ...(responses === undefined ? {} : { responses: rewrite(responses, "answer", twice) }),
  };
}

/** Adds the names of every schema that a part of the document refers to. */
function addRefs(part: Json | undefined, schemas: Json | undefined, found: Set<string>): void {
  if (Array.isArray(part)) {
    for (const one of part as readonly Json[]) {
      addRefs(one, schemas, found);
    }
    return;
  }
  for (const [key, value] of membersOf(part)) {
    if (key !== "$ref" || typeof value !== "string") {
      addRefs(value, schemas, found);
      continue;
    }
    const name = value.slice(REF.length);
    if (!found.has(name)) {
      found.add(name);
      addRefs(isObject(schemas) ? schemas[name] : undefined, schemas, found);
    }
  }
}

function rewrite(schema: Json, direction: Direction, twice: ReadonlySet<string>): Json {
  if (Array.isArray(schema)) {
    return (schema as readonly Json[]).map((one) => rewrite(one, direction, twice));
  }
  if (!isObject(schema)) {
    return schema;
  }
  const { default: preset, ...rest } = schema;
  const made: Record<string, Json> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key === "$ref" && typeof value === "string") {
      const name = value.slice(REF.length);
      made[key] = direction === "request" && twice.has(name) ? `${value}Input` : value;
    } else if (key === "properties") {
      made[key] = mapMembers(value, (property) => rewrite(property, direction, twice));
    } else {
      made[key] = LITERALS.has(key) ? value : rewrite(value, direction, twice);
    }
  }
  const always = direction === "answer" ? presetOf(schema) : [];
  if (always.length > 0) {
    const required = Array.isArray(schema["required"]) ? (schema["required"] as Json[]) : [];
    made["required"] = [...required, ...always];
  }
  // In words: generators take the keyword `default` for a promise that the field is there.
  if (direction === "request" && preset !== undefined && !isObject(preset)) {
    const said = typeof made["description"] === "string" ? `${made["description"]}. ` : "";
    made["description"] = `${said}Without it: \`${JSON.stringify(preset)}\``;
  }
  return made;
}

/** The properties that have a default. */
function presetOf(schema: JsonObject): string[] {
  return membersOf(schema["properties"])
    .filter(([, property]) => isObject(property) && property["default"] !== undefined)
    .map(([name]) => name);
}
