import { createRoute, z } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { never } from "../core/result.ts";
import { importSessions, type ImportFault } from "../store/import.ts";
import { IMPORT_MAX_BYTES } from "../store/import_lines.ts";
import { readBounded } from "./body.ts";
import type { ApiContext, AppEnv } from "./context.ts";
import { problem, problems } from "./problem.ts";
import { BODY_ROUTE, claimOf, IDEMPOTENCY_HEADER, KEY_ROUTE, needs, type App } from "./routes.ts";
import { requireSecret } from "./secret.ts";

const LINES_TYPE = "application/x-ndjson";

const Imported = z.strictObject({ imported: z.int().min(0) }).openapi("Imported");

const writes = needs("sessions:write");

/** 413 by the announced length and 415, before the headers are looked at. */
const takesLines = createMiddleware<AppEnv>(async (c, next) => {
  const { headers } = c.req.raw;
  if (Number(headers.get("content-length") ?? 0) > IMPORT_MAX_BYTES) {
    return tooLarge(c);
  }
  const [essence = ""] = (headers.get("content-type") ?? "").split(";");
  if (essence.trim().toLowerCase() !== LINES_TYPE || headers.has("content-encoding")) {
    return problem(c, "unsupported_media_type", { detail: `Send ${LINES_TYPE}.` });
  }
  return next();
});

const importRoute = createRoute({
  method: "post",
  path: "/v1/sessions/import",
  summary: "Store whole sessions in the embedded store, all or none",
  ...writes,
  middleware: [...writes.middleware, requireSecret, takesLines],
  request: {
    headers: IDEMPOTENCY_HEADER,
    body: {
      required: true,
      description:
        'One record a line: `{"source", "session"}`, for an agent session also `"events"`',
      content: { [LINES_TYPE]: { schema: { type: "string" } } },
    },
  },
  responses: {
    201: {
      description: "All are stored, now or before under this key",
      content: { "application/json": { schema: Imported } },
    },
    ...KEY_ROUTE,
    ...BODY_ROUTE,
    ...problems("malformed_json", "invalid_request", "session_exists", "idempotency_conflict"),
  },
});

/** `/v1/sessions/import`. */
export function registerImport(app: App): void {
  app.openapi(importRoute, async (c) => {
    const { registrar, config, store, now, random } = c.get("deps");
    const deps = { store, sources: config.sources, keyring: config.keyring, now, random };
    const empty = new Blob([]).stream();
    if (c.req.header("idempotency-key") === undefined) {
      const stored = await importSessions(c.req.raw.body ?? empty, deps);
      return stored.ok ? c.json(stored.value, 201) : refuse(c, stored.error);
    }
    const text = await readBounded(c.req.raw, IMPORT_MAX_BYTES);
    if (!text.ok) {
      return text.error === "too_large"
        ? tooLarge(c)
        : problem(c, "malformed_json", { detail: "The body is not UTF-8." });
    }
    c.set("raw_body", text.value);
    const claim = claimOf(c);
    if (claim === null) {
      throw new Error("an import with an Idempotency-Key and a secret has a claim");
    }
    const claimed = await registrar.claimImport(claim);
    if (claimed.kind === "conflict") {
      return problem(c, "idempotency_conflict");
    }
    if (claimed.kind === "replayed") {
      return c.json({ imported: claimed.imported }, 201);
    }
    const stored = await importSessions(new Blob([text.value]).stream(), deps);
    if (!stored.ok) {
      return refuse(c, stored.error);
    }
    // A crash between the two makes the next try a 409 by id, never a second copy.
    await registrar.importDone(claim, stored.value.imported);
    return c.json(stored.value, 201);
  });
}

function tooLarge(c: ApiContext) {
  return problem(c, "payload_too_large", { detail: `At most ${IMPORT_MAX_BYTES} bytes.` });
}

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
