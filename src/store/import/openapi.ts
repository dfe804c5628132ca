import * as z from "zod";
import { AgentEvent, AgentSession } from "../tables/agent_session_record.ts";
import { ClientSession } from "./record.ts";

/** What an import takes on each line, in JSON Schema: fields that are not named are kept as they are given. */
export function importRecordSchema(): object {
  return {
    description: "One line of an import: a whole session of a source in the embedded store",
    anyOf: [
      line("A client session", { session: schemaOf(ClientSession) }),
      line("An agent session with its events", {
        session: schemaOf(AgentSession),
        events: { type: "array", items: schemaOf(AgentEvent) },
      }),
    ],
  };
}

function line(title: string, properties: Readonly<Record<string, object>>) {
  const source = { type: "string", minLength: 1, maxLength: 100 };
  return {
    title,
    type: "object",
    properties: { source, ...properties },
    required: ["source", "session"],
    additionalProperties: false,
  };
}

function schemaOf(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: "input" });
  return rest;
}
