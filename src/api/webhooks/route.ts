import * as z from "zod";
import { firstRepeated } from "../../core/values/json_keys.ts";
import { BODY_MAX_BYTES } from "../http/body.ts";
import { parseJson } from "../../core/values/json.ts";
import { readBounded } from "../../platform/bounded_body.ts";
import { problem } from "../http/problem.ts";
import { ErasureReport } from "../../core/report/erasure.ts";
import { answerOf, madeOf, openRefusals } from "../http/routes.ts";
import { createRoute, type App } from "../http/router.ts";
import { readIdentifiers } from "./identifiers.ts";
import { readEvent, verify } from "./standard.ts";
import { doc, docOf, named } from "../../core/values/doc.ts";

const Ignored = z.strictObject({ status: z.literal("ignored") }).meta(named("IgnoredEvent"));

/** What a sender may write. */
const EVENT = { type: "user.deleted", data: { id: "user_42" } };

const deliverRoute = createRoute({
  method: "post",
  path: "/webhooks/{hook}",
  operationId: "deliverWebhook",
  summary: doc("Take a signed deletion event from another system"),
  description: doc(
    "No API key: the signature proves the sender. The hook must be declared in WEBHOOKS, with its secrets and the fields that name a person. The content type is not looked at: the signature covers the bytes.",
  ),
  security: [],
  request: {
    params: z.object({ hook: z.string() }),
    // Declared without a zod schema: nothing of the body is parsed before its signature holds.
    body: {
      required: true,
      content: { "application/json": { schema: { type: "object" }, example: EVENT } },
    },
  },
  responses: docOf(() => ({
    200: answerOf("An event of another type: nothing is done", Ignored),
    202: madeOf(
      "An erasure, opened now or by an earlier delivery of the same event",
      ErasureReport,
    ),
    ...openRefusals(
      "malformed_json",
      "bad_signature",
      "hook_not_found",
      "payload_too_large",
      "webhook_conflict",
      "missing_identifier",
    ),
  })),
});

/** `/webhooks/{hook}`: signature before parsing, and nothing of a body is kept but its keyed hash. */
export function registerWebhooks(app: App): void {
  app.openapi(deliverRoute, async (c) => {
    const { config, registrar, now } = c.get("deps");
    const { hook: name } = c.req.valid("param");
    const hook = config.webhooks.get(name);
    if (hook === undefined) {
      return problem(c, "hook_not_found");
    }
    const { keyring } = config;
    if (keyring === null) {
      return problem(c, "not_configured", { detail: "Set the secret LETHE_SECRET." });
    }
    const body = await readBounded(c.req.raw, BODY_MAX_BYTES);
    if (!body.ok) {
      return body.error === "too_large"
        ? problem(c, "payload_too_large", { detail: `At most ${BODY_MAX_BYTES} bytes.` })
        : problem(c, "bad_signature", { detail: "Not verified: the body is not UTF-8." });
    }
    const webhookId = verify(c.req.raw.headers, body.value, hook.secrets, now());
    if (!webhookId.ok) {
      return problem(c, "bad_signature", { detail: `Not verified: ${webhookId.error}.` });
    }
    const parsed = parseJson(body.value);
    const payload = parsed.ok ? parsed.value : null;
    if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
      const detail = `The body ${parsed.ok ? "is not a JSON object" : parsed.error}.`;
      return problem(c, "malformed_json", { detail });
    }
    // `__proto__` names nobody here, and a sender may pass on what its users wrote: it erases all the same.
    const repeated = firstRepeated(body.value);
    if (repeated !== null) {
      const detail = `The key ${repeated} stands twice in one object: nobody can tell which counts.`;
      return problem(c, "malformed_json", { detail });
    }
    const event = readEvent(payload as Readonly<Record<string, unknown>>);
    if (!event.ok) {
      return problem(c, "missing_identifier", { errors: [event.error] });
    }
    if (event.value === "ignored") {
      return c.json({ status: "ignored" } as const, 200);
    }
    if (hook.unsearchable.length > 0) {
      const detail =
        "This hook maps a field to what no source that it means can search by, and would erase nobody: /healthz with a key names it.";
      return problem(c, "not_configured", { detail });
    }
    const identifiers = readIdentifiers(payload, hook.identifiers);
    if (!identifiers.ok) {
      return problem(c, "missing_identifier", { errors: identifiers.error });
    }
    const answer = await registrar.openErasure(
      {
        identifiers: identifiers.value,
        sources: hook.sources ?? null,
        scopes: hook.scopes ?? null,
        regulation: null,
        requested_at: now(),
        reference: null,
        dry_run: false,
      },
      `webhook:${name}`,
      null,
      {
        hook: name,
        webhook_id: webhookId.value,
        body_hash: keyring.hash("body", body.value),
        max_per_hour: hook.max_per_hour,
      },
    );
    if (answer.kind === "idempotency_conflict") {
      return problem(c, "webhook_conflict");
    }
    return c.json(answer.erasure, 202, { location: answer.erasure.status_url });
  });
}
