import { createRoute, z } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { never } from "../../core/values/result.ts";
import { isZone, TIME_UNITS } from "../../core/values/spelled_time.ts";
import { readBytes } from "../../platform/bounded_body.ts";
import { importSessions, type ImportFault } from "../../store/import/import.ts";
import { IMPORT_MAX_BYTES } from "../../store/import/lines.ts";
import type { ApiContext, AppEnv } from "../http/context.ts";
import { problem, problems } from "../http/problem.ts";
import { reachOf } from "../http/reach.ts";
import {
  answerOf,
  BODY_ROUTE,
  idempotencyOf,
  IDEMPOTENCY_HEADER,
  KEY_ROUTE,
  needs,
  STORE_ROUTE,
  type App,
} from "../http/routes.ts";
import { requireSecret } from "../http/secret.ts";

const LINES_TYPE = "application/x-ndjson";

const Undated = z.strictObject({
  count: z.int().min(1),
  lines: z.array(z.int().min(1)).readonly(),
});

const Imported = z
  .strictObject({
    imported: z.int().min(0),
    undated: z.record(z.string(), Undated).openapi({
      description:
        "By clock, how many sessions have a value there that cannot be read, and the first 100 of their lines: nothing makes them due by it",
    }),
  })
  .openapi("Imported");

const ImportQuery = z.strictObject({
  zone: z
    .string()
    .refine(
      isZone,
      "no time zone: write UTC, an offset such as +02:00, or a name such as Europe/Berlin",
    )
    .optional()
    .openapi({ description: "The zone of times that are written without an offset" }),
  unit: z
    .enum(TIME_UNITS)
    .optional()
    .openapi({ description: "What times that are bare numbers count since 1970" }),
});

const writes = needs("sessions:write");

/** 413, then 415; then the lines are in memory, where an import is held whole to be all or none. */
const takesLines = createMiddleware<AppEnv>(async (c, next) => {
  const { body, headers, url } = c.req.raw;
  const bytes = await readBytes(body, IMPORT_MAX_BYTES);
  if (bytes === null) {
    return tooLarge(c);
  }
  const [essence = ""] = (headers.get("content-type") ?? "").split(";");
  if (essence.trim().toLowerCase() !== LINES_TYPE || headers.has("content-encoding")) {
    return problem(c, "unsupported_media_type", { detail: `Send ${LINES_TYPE}.` });
  }
  if (headers.has("idempotency-key")) {
    // Only to tell one body from another: what is no UTF-8 is refused with its line, further on.
    c.set("raw_body", new TextDecoder().decode(bytes));
  }
  c.req.raw = new Request(url, { method: c.req.method, headers, body: bytes });
  return next();
});

const importRoute = createRoute({
  method: "post",
  path: "/v1/sessions/import",
  summary: "Store whole sessions in the embedded store, all or none",
  ...writes,
  description: `${writes.description} 201: \`{ "imported", "undated" }\`. The body is JSON lines, at most 8 MiB. If times are written without an offset, say their zone: \`?zone=\` (\`UTC\`, \`+02:00\`, \`Europe/Berlin\`). If times are numbers, say their unit: \`?unit=\` (\`s\`, \`ms\`). \`undated\` lists, for each clock, the lines whose time cannot be read. docs/CONFIG.md says which workspaces a key imports into.`,
  middleware: [...writes.middleware, requireSecret, takesLines],
  request: {
    headers: IDEMPOTENCY_HEADER,
    query: ImportQuery,
    body: {
      required: true,
      description:
        'One record a line: `{"source", "session"}`, for an agent session also `"events"`',
      content: { [LINES_TYPE]: { schema: { type: "string" } } },
    },
  },
  responses: {
    201: answerOf("All are stored, now or before under this key", Imported),
    ...KEY_ROUTE,
    ...STORE_ROUTE,
    ...BODY_ROUTE,
    ...problems("invalid_request", "session_exists", "idempotency_conflict"),
  },
});

/** `/v1/sessions/import`. */
export function registerImport(app: App): void {
  app.openapi(importRoute, async (c) => {
    const { registrar, config, store, now, random } = c.get("deps");
    const key = c.get("key");
    const workspaces = key === null ? [] : key.imports_into;
    const { sources, keyring } = config;
    const { zone = null, unit = null } = c.req.valid("query");
    const times = { zone, unit };
    const agents = reachOf(c);
    const deps = { store, sources, keyring, workspaces, agents, now, random, times };
    const body = c.req.raw.body ?? new Blob([]).stream();
    const idempotency = idempotencyOf(c);
    if (idempotency === null) {
      const stored = await importSessions(body, deps);
      return stored.ok ? c.json(stored.value, 201) : refuse(c, stored.error);
    }
    const known = await registrar.findImport(idempotency);
    if (known.kind === "conflict") {
      return problem(c, "idempotency_conflict");
    }
    if (known.kind === "replayed") {
      return c.json(known.imported, 201);
    }
    const stored = await importSessions(body, deps);
    if (!stored.ok) {
      return refuse(c, stored.error);
    }
    // A crash between the two makes the next try a 409 by id, never a second copy.
    await registrar.keepImport(idempotency, stored.value);
    return c.json(stored.value, 201);
  });
}

function tooLarge(c: ApiContext) {
  return problem(c, "payload_too_large", { detail: `At most ${IMPORT_MAX_BYTES} bytes.` });
}

/** The field of a line that names what its key does not reach. */
const FIELD_BEYOND = {
  other_workspace: "session.workspace_id",
  other_agent: "session.agent_key",
  other_parent: "session.created_by_agent_key",
} as const;

/** Says what is wrong and on which line. Ids and tokens of the line are not repeated. */
function refuse(c: ApiContext, fault: ImportFault) {
  switch (fault.kind) {
    case "too_large":
      return tooLarge(c);
    case "line_too_long": {
      const errors = at(fault.line, "", `at most ${fault.limit_bytes} bytes a line`);
      return problem(c, "payload_too_large", { errors });
    }
    case "malformed":
      return problem(c, "invalid_request", { errors: at(fault.line, fault.field, fault.message) });
    case "unknown_source": {
      const errors = at(
        fault.line,
        "source",
        `no such source: there are ${fault.known.join(", ")}`,
      );
      return problem(c, "invalid_request", { errors });
    }
    case "not_embedded": {
      const message = "this source is not in the embedded store: write to its provider instead";
      return problem(c, "invalid_request", { errors: at(fault.line, "source", message) });
    }
    case "other_workspace":
    case "other_agent":
    case "other_parent": {
      const errors = at(
        fault.line,
        FIELD_BEYOND[fault.kind],
        "this key does not reach it: use one that names it in its workspaces",
      );
      return problem(c, "forbidden", { detail: "Nothing of this request was stored.", errors });
    }
    case "no_secret":
      return problem(c, "not_configured", { detail: "Set the secret LETHE_SECRET." });
    case "duplicate": {
      const where =
        fault.first_line === null ? "stored already" : `on line ${fault.first_line} too`;
      const errors = at(fault.line, "session", `its ${fault.what} is ${where}`);
      return problem(c, "session_exists", { errors });
    }
    default:
      return never(fault);
  }
}

function at(line: number, field: string, message: string) {
  return [{ field: field === "" ? `line ${line}` : `line ${line}: ${field}`, message }];
}
