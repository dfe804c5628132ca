import { EXAMPLES } from "./examples.ts";
import { isObject, mapMembers, type Json, type JsonObject } from "./json.ts";

const REF = "#/components/schemas/";

/** An operation whose answers have examples: of their component, or of a page with one. */
export function exemplify(operation: JsonObject): JsonObject {
  const responses = mapMembers(operation["responses"] ?? {}, (response) =>
    isObject(response) && isObject(response["content"])
      ? { ...response, content: mapMembers(response["content"], withExample) }
      : response,
  );
  return { ...operation, responses };
}

/** Components of refusals have theirs in the component: each operation would repeat it. */
export function exemplifyProblem(schemas: JsonObject): JsonObject {
  return mapMembers(schemas, (schema, name) =>
    name === "Problem" && isObject(schema)
      ? { ...schema, examples: [EXAMPLES["Problem"] as unknown as Json] }
      : schema,
  );
}

function withExample(content: Json, type: string): Json {
  if (type !== "application/json" || !isObject(content) || !isObject(content["schema"])) {
    return content;
  }
  const example = exampleOf(content["schema"]);
  return example === null ? content : { ...content, example };
}

function exampleOf(schema: JsonObject): Json {
  const ref = schema["$ref"];
  if (typeof ref === "string") {
    return (EXAMPLES[ref.slice(REF.length)] as unknown as Json | undefined) ?? null;
  }
  const { data } = isObject(schema["properties"]) ? schema["properties"] : {};
  const item = isObject(data) && isObject(data["items"]) ? exampleOf(data["items"]) : null;
  if (item === null) {
    return null;
  }
  // Whatever else a page has is null on one that is whole.
  return mapMembers(schema["properties"] ?? {}, (_, name) => (name === "data" ? [item] : null));
}
