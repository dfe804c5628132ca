import { inputOf, type Part } from "../openapi.ts";
import { AgentEvent, AgentSession } from "../tables/agent_session_record.ts";
import { ClientSession } from "./record.ts";

/** What an import takes on each line, in JSON Schema: fields that are not named are kept as they are given. */
export function importRecordSchema(): Part {
  return {
    description: "One line of an import: a whole session of a source in the embedded store",
    anyOf: [
      line("A client session", { session: inputOf(ClientSession) }),
      line("An agent session with its events", {
        session: inputOf(AgentSession),
        events: { type: "array", items: inputOf(AgentEvent) },
      }),
    ],
  };
}

function line(title: string, properties: Readonly<Record<string, Part>>) {
  const source = { type: "string", minLength: 1, maxLength: 100 };
  return {
    title,
    type: "object",
    properties: { source, ...properties },
    required: ["source", "session"],
    additionalProperties: false,
  };
}
