import { Validator } from "@cfworker/json-schema";
import { expect, it } from "vitest";
import { importRecordSchema } from "../../../src/store/import/openapi.ts";
import { parseClientSession, parseRecord } from "../../../src/store/import/record.ts";
import { parseAgentSession } from "../../../src/store/tables/agent_session_record.ts";

const schema = new Validator(importRecordSchema(), "2020-12");
const client = { client_session_id: "cs_1", workspace_id: "ws_1" };
const agent = { key: "ase_1", agent_key: "agt_1" };

/** Whether the import itself takes a record. */
function isTaken(record: object, isAgent: boolean): boolean {
  const read = parseRecord({ line: 1, text: JSON.stringify(record) });
  if (!read.ok) {
    return false;
  }
  const { session, events } = read.value;
  return isAgent ? parseAgentSession(session, events ?? []).ok : parseClientSession(read.value).ok;
}

it.each<[string, object]>([
  ["with fields of their own", { source: "s", session: { ...client, mood: [1], token: null } }],
  ["without a workspace", { source: "s", session: { client_session_id: "cs_1" } }],
  ["without a source", { session: client }],
  ["with another key beside", { source: "s", session: client, note: "x" }],
  ["of an agent", { source: "s", session: { ...agent, metadata: {} } }],
  ["with events", { source: "s", session: agent, events: [{ id: "aev_1", type: "x" }] }],
  ["with an event without an id", { source: "s", session: agent, events: [{ type: "x" }] }],
  ["with a key that no path can name", { source: "s", session: { ...agent, key: "a/b" } }],
])("the schema of an import's record takes what the import takes: %s", (_, record) => {
  const session = (record as { session: object }).session;
  expect(schema.validate(record).valid).toBe(isTaken(record, "agent_key" in session));
});
