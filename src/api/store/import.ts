import * as z from "zod";
import { createMiddleware } from "hono/factory";
import { isZone, TIME_UNITS } from "../../core/values/spelled_time.ts";
import { readBytes } from "../../platform/bounded_body.ts";
import { importSessions } from "../../store/import/import.ts";
import { IMPORT_MAX_BYTES, type ImportFault } from "../../store/import/lines.ts";
import { actorOf } from "../http/auth.ts";
import type { ApiContext, AppEnv } from "../http/context.ts";
import { problem } from "../http/problem.ts";
import { reachOf } from "../http/reach.ts";
import { answerOf, idempotencyOf, IDEMPOTENCY_HEADER, needs, refusals } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { requireSecret } from "../http/secret.ts";
import { doc, docOf, named, says } from "../../core/values/doc.ts";

const LINES_TYPE = "application/x-ndjson";

const Undated = z.strictObject({
  count: z.int().min(1),
  lines: z.array(z.int().min(1)).readonly(),
});

const Imported = z
  .strictObject({
    imported: z.int().min(0),
    undated: z
      .record(z.string(), Undated)
      .meta(
        says(
          "By clock, how many sessions have a value there that cannot be read, and the first 100 of their lines: nothing makes them due by it",
        ),
      ),
  })
  .meta(named("Imported"));

const ImportQuery = z.strictObject({
  zone: z
    .string()
    .refine(
      isZone,
      "no time zone: write UTC, an offset such as +02:00, or a name such as Europe/Berlin",
    )
    .optional()
    .meta(says("The zone of times that are written without an offset")),
  unit: z
    .enum(TIME_UNITS)
    .optional()
    .meta(says("What times that are bare numbers count since 1970")),
});

/** 413, then 415; then the lines are in memory, where an import is held whole to be all or none. */
const takesLines = createMiddleware<AppEnv>(async (c, next) => {
  const { body, headers, url } = c.req.raw;
  const bytes = await readBytes(body, IMPORT_MAX_BYTES);
  if (bytes === null) {
    return problem(c, "payload_too_large", { detail: `At most ${IMPORT_MAX_BYTES} bytes.` });
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

/** OpenAPI 3.1 has no word for a schema of lines: JSON Schema's own says that the text is a list of records. */
const LINES = {
  type: "string" as const,
  contentMediaType: LINES_TYPE,
  contentSchema: { type: "array", items: { $ref: "#/components/schemas/ImportRecord" } },
};

const LINE =
  '{"source":"client_sessions","session":{"client_session_id":"cs_1","workspace_id":"ws_1","expires_at":"2026-11-02T08:00:00Z"}}\n';

const importRoute = createRoute({
  method: "post",
  path: "/v1/sessions/import",
  summary: doc("Store whole sessions in the embedded store, all or none"),
  ...needs(
    "sessions:write",
    doc(
      '201: `{ "imported", "undated" }`. The body is JSON lines, at most 8 MiB. If times are written without an offset, say their zone: `?zone=` (`UTC`, `+02:00`, `Europe/Berlin`). If times are numbers, say their unit: `?unit=` (`s`, `ms`). `undated` lists, for each clock, the lines whose time cannot be read. docs/CONFIG.md says which workspaces a key imports into.',
    ),
    requireSecret,
    takesLines,
  ),
  request: {
    headers: IDEMPOTENCY_HEADER,
    query: ImportQuery,
    body: {
      required: true,
      description:
        'One ImportRecord a line: `{"source", "session"}`, for an agent session also `"events"`',
      content: { [LINES_TYPE]: { schema: LINES, example: LINE } },
    },
  },
  responses: docOf(() => ({
    201: answerOf("All are stored, now or before under this key", Imported),
    ...refusals(
      "migrations_missing",
      "payload_too_large",
      "unsupported_media_type",
      "invalid_request",
      "session_exists",
      "idempotency_conflict",
    ),
  })),
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
    const body = new Uint8Array(await c.req.raw.arrayBuffer());
    const idempotency = idempotencyOf(c);
    const known = idempotency === null ? null : await registrar.findImport(idempotency);
    if (known?.kind === "conflict") {
      return problem(c, "idempotency_conflict");
    }
    if (known?.kind === "replayed") {
      return c.json(Imported.parse(JSON.parse(known.answer)), 201);
    }
    const stored = await importSessions(body, deps);
    if (!stored.ok) {
      return refuse(c, stored.error);
    }
    const { sources: into, ...answer } = stored.value;
    // A crash between the two makes the next try a 409 by id, never a second copy.
    await registrar.keepImport({
      actor: actorOf(key),
      sources: into,
      idempotency,
      answer: JSON.stringify(answer),
    });
    return c.json(answer, 201);
  });
}

/** Says what is wrong and on which line. */
function refuse(c: ApiContext, { code, line, field, message }: ImportFault) {
  if (line === null) {
    return problem(c, code, { detail: message });
  }
  const errors = [{ field: field === "" ? `line ${line}` : `line ${line}: ${field}`, message }];
  return problem(c, code, {
    ...(code === "forbidden" ? { detail: "Nothing of this request was stored." } : {}),
    errors,
  });
}
