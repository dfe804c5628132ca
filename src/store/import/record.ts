import * as z from "zod";
import { parseJson } from "../../core/values/json.ts";
import { wrongKeys } from "../../core/values/json_keys.ts";
import { ok, type Result } from "../../core/values/result.ts";
import { CLIENT_SESSION_MAX_BYTES } from "../tables/client_session_record.ts";
import { firstError } from "../tables/agent_session_record.ts";
import { malformed, type ImportFault, type ImportLine } from "./lines.ts";

/** One whole record, as it stands in its line. */
export interface ImportRecord {
  readonly line: number;
  readonly source: string;
  readonly session: Readonly<Record<string, unknown>>;
  /** Null when the line has none: client sessions have no events. */
  readonly events: readonly Readonly<Record<string, unknown>>[] | null;
}

const CONTROL = /[\p{Cc}\p{Cs}]/u;

const document = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "write an object: the whole record",
);

const Envelope = z.strictObject({
  source: z.string().min(1).max(100),
  session: document,
  events: z.array(document).optional(),
});

const id = z
  .string("required: the id that the session has")
  .min(1, "empty: give the id that the session has")
  .max(200, "too long: at most 200 characters")
  .refine((text) => !CONTROL.test(text), "control characters: remove them");

/** What a client session must say to be stored and found again. */
export const ClientSession = z.looseObject({
  client_session_id: id,
  workspace_id: id,
  token: z.string().min(1).max(1000).nullish(),
  user_identifier_key: z
    .string()
    .max(1000, "too long: at most 1000 characters")
    .refine((text) => !CONTROL.test(text), "control characters: remove them")
    .nullish(),
});

/** What the import itself must know of a client session; every other field is kept as it was given. */
export interface ClientSessionIds {
  readonly client_session_id: string;
  readonly workspace_id: string;
  readonly token: string | null;
}

/** Reads one line. Unknown keys beside source, session and events are errors; inside them they are kept. */
export function parseRecord({ line, text }: ImportLine): Result<ImportRecord, ImportFault> {
  const read = parseJson(text);
  if (!read.ok) {
    return malformed(line, { field: "", message: `${read.error}: write one record a line` });
  }
  const [wrong] = wrongKeys(text);
  if (wrong !== undefined) {
    return malformed(line, wrong);
  }
  const parsed = Envelope.safeParse(read.value);
  if (!parsed.success) {
    return malformed(line, firstError(parsed.error, ""));
  }
  const { source, session, events } = parsed.data;
  return ok({ line, source, session, events: events ?? null });
}

/** Checks what a client session needs to be stored and found again. */
export function parseClientSession({
  line,
  session,
  events,
}: ImportRecord): Result<ClientSessionIds, ImportFault> {
  if (events !== null) {
    return malformed(line, { field: "events", message: "client sessions have none: remove it" });
  }
  const parsed = ClientSession.safeParse(session);
  if (!parsed.success) {
    return malformed(line, firstError(parsed.error, "session"));
  }
  if (new TextEncoder().encode(JSON.stringify(session)).length > CLIENT_SESSION_MAX_BYTES) {
    const message = `larger than ${CLIENT_SESSION_MAX_BYTES} bytes`;
    return malformed(line, { field: "session", message });
  }
  const { client_session_id, workspace_id, token } = parsed.data;
  return ok({ client_session_id, workspace_id, token: token ?? null });
}
