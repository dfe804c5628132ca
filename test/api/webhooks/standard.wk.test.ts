import { describe, expect, it } from "vitest";
import { Webhook } from "standardwebhooks";
import { createHarness, NOW, type Harness } from "../../support/openapi/harness.ts";

const NEW = `whsec_${btoa("a new secret of 24 bytes")}`;
const OLD = `whsec_${btoa("an old secret, 24 bytes!")}`;
const OTHER = `whsec_${btoa("nobody knows this secret")}`;

const WEBHOOKS = JSON.stringify({
  "user-deleted": {
    dialect: "standard",
    secrets: ["HOOK_SECRET", "HOOK_SECRET_OLD"],
    identifiers: { "data.id": "user_identifier_key" },
    max_per_hour: 7,
  },
  "two-fields": {
    dialect: "standard",
    secrets: ["HOOK_SECRET"],
    identifiers: { "data.id": "user_identifier_key", "data.identity.key": "user_identity_id" },
  },
  nobody: {
    dialect: "standard",
    secrets: ["HOOK_SECRET"],
    identifiers: { "data.id": "user_identifier_key", "data.crm": "metadata:crm.id" },
  },
  limited: {
    dialect: "standard",
    secrets: ["HOOK_SECRET"],
    identifiers: { "data.id": "client_session_id" },
    sources: ["client_sessions"],
    scopes: ["ws-a"],
  },
  unset: {
    dialect: "standard",
    secrets: ["NOT_SET"],
    identifiers: { "data.id": "user_identity_id" },
  },
});

const PLAIN = JSON.stringify({ type: "user.deleted", data: { id: "jane_doe" } });
const CLERK = JSON.stringify({
  data: { deleted: true, id: "user_29w83sxmDNGwOuEthce5gg56FcC", object: "user" },
  event_attributes: { http_request: { client_ip: "192.0.2.1", user_agent: "x" } },
  object: "event",
  timestamp: 1661861640000,
  type: "user.deleted",
});

const hooks = (): Promise<Harness> =>
  createHarness({ WEBHOOKS, HOOK_SECRET: NEW, HOOK_SECRET_OLD: OLD });

interface Signing {
  readonly secret?: string;
  readonly id?: string;
  /** Seconds from now. */
  readonly shift?: number;
  readonly family?: "webhook" | "svix";
}

function sign(
  body: string,
  { secret = NEW, id = "msg_1", shift = 0, family = "webhook" }: Signing = {},
) {
  const at = new Date(NOW + shift * 1000);
  return {
    [`${family}-id`]: id,
    [`${family}-timestamp`]: String(Math.floor(at.getTime() / 1000)),
    [`${family}-signature`]: new Webhook(secret).sign(id, at, body),
  };
}

function deliver(
  harness: Harness,
  body: string,
  headers: Record<string, string>,
  hook = "user-deleted",
) {
  return harness.ask(`/webhooks/${hook}`, {
    method: "POST",
    key: null,
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

describe("a hook that maps to what no source can search by", () => {
  it("refuses a deletion, which it would answer and not carry out, and /healthz names it", async () => {
    const harness = await hooks();
    const answer = await deliver(harness, PLAIN, sign(PLAIN), "nobody");
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({ code: "not_configured" });
    expect(harness.registrar.callsOf("openErasure")).toEqual([]);
    const health = await harness.ask("/healthz");
    expect(JSON.parse(health.text)).toMatchObject({ status: "degraded" });
    expect(health.text).toContain("WEBHOOKS.nobody.identifiers.data.crm");
  });

  it("says so to nobody whose signature does not hold, and ignores other events", async () => {
    const harness = await hooks();
    const forged = await deliver(harness, PLAIN, sign(PLAIN, { secret: OTHER }), "nobody");
    expect(forged.status).toBe(401);
    const created = JSON.stringify({ type: "user.created", data: { id: "jane_doe" } });
    const ignored = await deliver(harness, created, sign(created), "nobody");
    expect(ignored.status).toBe(200);
  });
});

describe("a signed user.deleted", () => {
  it.each([
    ["the plain shape", PLAIN, "jane_doe"],
    ["Clerk's shape", CLERK, "user_29w83sxmDNGwOuEthce5gg56FcC"],
  ])("in %s opens an erasure", async (_, body, value) => {
    const harness = await hooks();
    const answer = await deliver(harness, body, sign(body));
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe("/v1/erasures/ers_1");
    expect(harness.registrar.callsOf("openErasure")).toEqual([
      [
        {
          identifiers: [{ type: "user_identifier_key", value }],
          sources: null,
          scopes: null,
          regulation: null,
          requested_at: NOW,
          reference: null,
          dry_run: false,
        },
        "webhook:user-deleted",
        null,
        {
          hook: "user-deleted",
          webhook_id: "msg_1",
          body_hash: expect.stringMatching(/^[0-9a-f]{8}:[0-9a-f]{64}$/),
          max_per_hour: 7,
        },
      ],
    ]);
    expect(answer.text + JSON.stringify(harness.lines)).not.toContain(value);
  });

  it("is verified by bytes that the published example signed", async () => {
    const body =
      '{"type":"user.deleted","timestamp":"2023-01-19T00:13:51Z","data":{"id":"user_29w83sxmDNGwOuEthce5gg56FcC","deleted":true}}';
    const harness = await createHarness(
      { WEBHOOKS, HOOK_SECRET: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
      { now: () => 1_674_087_231_000 },
    );
    const answer = await deliver(harness, body, {
      "webhook-id": "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
      "webhook-timestamp": "1674087231",
      "webhook-signature": "v1,76oUppUkq8giEwPp4pfh3Yfc17hIpDhOdcb0otWsoLs=",
    });
    expect(answer.status).toBe(202);
  });

  it("is verified by a secret as several senders print it, with its version before it", async () => {
    const harness = await createHarness({ WEBHOOKS, HOOK_SECRET: `v1,${NEW}` });
    expect((await deliver(harness, PLAIN, sign(PLAIN, { secret: NEW }))).status).toBe(202);
    const health = await harness.ask("/healthz");
    expect(health.text).not.toContain("WEBHOOKS.user-deleted.secrets[0]");
  });

  it("gives the same erasure for the same webhook-id and body, and 409 for another body", async () => {
    const harness = await hooks();
    const first = await deliver(harness, PLAIN, sign(PLAIN));
    const retry = await deliver(harness, PLAIN, sign(PLAIN, { shift: 60 }));
    expect([retry.status, retry.body["id"]]).toEqual([202, first.body["id"]]);
    const other = await deliver(harness, CLERK, sign(CLERK));
    expect(other.body).toMatchObject({ code: "webhook_conflict", status: 409 });
  });

  it.each([
    ["the current secret", sign(PLAIN)],
    ["the old secret, while it rotates", sign(PLAIN, { secret: OLD })],
    ["svix-* headers", sign(PLAIN, { family: "svix" })],
    ["a clock 5 minutes behind", sign(PLAIN, { shift: -300 })],
    ["a clock 5 minutes ahead", sign(PLAIN, { shift: 300 })],
    [
      "8 signatures, one of them ours",
      {
        ...sign(PLAIN),
        "webhook-signature": `${"v1a,AAAA ".repeat(7)}${sign(PLAIN)["webhook-signature"]}`,
      },
    ],
  ])("is taken with %s", async (_, headers) => {
    const harness = await hooks();
    expect((await deliver(harness, PLAIN, headers)).status).toBe(202);
  });

  it("is signed over its text, byte for byte: a byte order mark is part of it", async () => {
    const harness = await hooks();
    const marked = `\uFEFF${PLAIN}`;
    expect((await deliver(harness, marked, sign(PLAIN))).status).toBe(401);
    expect((await deliver(harness, marked, sign(marked))).body).toMatchObject({
      code: "malformed_json",
    });
  });
});

describe("what is not verified", () => {
  const signature = sign(PLAIN)["webhook-signature"] ?? "";
  const without = (name: string) =>
    Object.fromEntries(Object.entries(sign(PLAIN)).filter(([key]) => key !== name));
  it.each<[string, Record<string, string>]>([
    ["no headers", {}],
    ["no id", without("webhook-id")],
    ["no timestamp", without("webhook-timestamp")],
    ["no signature", without("webhook-signature")],
    ["another secret", sign(PLAIN, { secret: OTHER })],
    ["a signature over another body", sign(`${PLAIN} `)],
    ["a signature over another id", { ...sign(PLAIN), "webhook-id": "msg_2" }],
    ["an old delivery", sign(PLAIN, { shift: -301 })],
    ["a delivery from the future", sign(PLAIN, { shift: 301 })],
    ["a timestamp with more behind it", { ...sign(PLAIN), "webhook-timestamp": `${NOW / 1000}x` }],
    ["a timestamp in milliseconds", { ...sign(PLAIN), "webhook-timestamp": String(NOW) }],
    ["an id with a dot", sign(PLAIN, { id: "msg.1" })],
    ["an id of 129 characters", sign(PLAIN, { id: "a".repeat(129) })],
    ["both families, both right", { ...sign(PLAIN), ...sign(PLAIN, { family: "svix" }) }],
    ["one header of the other family", { ...sign(PLAIN), "svix-id": "msg_1" }],
    ["9 signatures", { ...sign(PLAIN), "webhook-signature": Array(9).fill(signature).join(" ") }],
    [
      "a signature of another version",
      { ...sign(PLAIN), "webhook-signature": signature.replace("v1,", "v2,") },
    ],
    ["a signature cut short", { ...sign(PLAIN), "webhook-signature": signature.slice(0, -2) }],
    ["an empty signature", { ...sign(PLAIN), "webhook-signature": "v1," }],
  ])("%s is a 401 that opens nothing", async (_, headers) => {
    const harness = await hooks();
    const answer = await deliver(harness, PLAIN, headers);
    expect(answer.body).toMatchObject({ code: "bad_signature", status: 401 });
    expect(harness.registrar.calls).toEqual([]);
  });

  it("is told before anything is parsed", async () => {
    const harness = await hooks();
    const broken = '{"type": "user.deleted"';
    expect((await deliver(harness, broken, sign(PLAIN))).status).toBe(401);
    expect((await deliver(harness, broken, sign(broken))).body).toMatchObject({
      code: "malformed_json",
    });
  });

  it("is everything while the hook's secrets are not set, or are no secrets", async () => {
    const weak = `whsec_${btoa("short")}`;
    const harness = await createHarness({ WEBHOOKS, HOOK_SECRET: weak, HOOK_SECRET_OLD: "plain" });
    const signed = sign(PLAIN, { secret: weak });
    expect((await deliver(harness, PLAIN, signed)).status).toBe(401);
    expect((await deliver(harness, PLAIN, sign(PLAIN), "unset")).status).toBe(401);
    const health = await harness.ask("/healthz");
    expect(health.text).toContain("WEBHOOKS.user-deleted.secrets[0]");
    expect(health.text).toContain("WEBHOOKS.unset.secrets");
    expect(health.text).not.toContain(weak);
  });
});

describe("what a verified delivery asks for", () => {
  it.each(["user.created", "user.deleted.v2", 7, null])(
    "type %j: nothing is done, with a 200",
    async (type) => {
      const harness = await hooks();
      const body = JSON.stringify({ type, data: { id: "jane_doe" } });
      const answer = await deliver(harness, body, sign(body));
      expect([answer.status, answer.body]).toEqual([200, { status: "ignored" }]);
      expect(harness.registrar.calls).toEqual([]);
    },
  );

  it.each([
    [{}, "data.id"],
    [{ id: null }, "data.id"],
    [{ id: "" }, "data.id"],
    [{ id: 7 }, "data.id"],
    [{ id: { $ne: null } }, "data.id"],
    [{ id: "jane_doe", deleted: false }, "data.deleted"],
    [{ id: "org_1", object: "organization" }, "data.object"],
    [null, "data"],
    [[{ id: "jane_doe" }], "data"],
  ])("data %j is a 422 naming %s", async (data, field) => {
    const harness = await hooks();
    const body = JSON.stringify({ type: "user.deleted", data });
    const answer = await deliver(harness, body, sign(body));
    expect(answer.body).toMatchObject({
      code: "missing_identifier",
      status: 422,
      errors: [{ field }],
    });
    expect(harness.registrar.calls).toEqual([]);
  });

  it.each([" jane", "*", "\u0646\u06CC\u0645\u200C\u0631\u0627\u0647", "100%", "x".repeat(900)])(
    "takes the value %j at its word",
    async (id) => {
      const harness = await hooks();
      const body = JSON.stringify({ type: "user.deleted", data: { id } });
      expect((await deliver(harness, body, sign(body))).status).toBe(202);
      expect(harness.registrar.callsOf("openErasure")[0]?.[0]).toMatchObject({
        identifiers: [{ type: "user_identifier_key", value: id }],
      });
    },
  );

  it("looks only where its hook says", async () => {
    const harness = await hooks();
    expect((await deliver(harness, PLAIN, sign(PLAIN), "limited")).status).toBe(202);
    expect(harness.registrar.callsOf("openErasure")[0]?.[0]).toMatchObject({
      sources: ["client_sessions"],
      scopes: ["ws-a"],
    });
  });

  it("takes every declared field that is there", async () => {
    const harness = await hooks();
    const opened = async (data: object) => {
      const body = JSON.stringify({ type: "user.deleted", data });
      const id = `msg_${harness.registrar.calls.length}`;
      await deliver(harness, body, sign(body, { id }), "two-fields");
      return harness.registrar.callsOf("openErasure").at(-1)?.[0];
    };
    const key = { type: "user_identifier_key", value: "a" };
    const identity = { type: "user_identity_id", value: "b" };
    expect(await opened({ id: "a", identity: { key: "b" } })).toMatchObject({
      identifiers: [key, identity],
    });
    expect(await opened({ id: "a" })).toMatchObject({ identifiers: [key] });
    expect(await opened({ identity: { key: "b" } })).toMatchObject({ identifiers: [identity] });
  });

  it("is 404 for a hook that is not declared, 413 for a body over 256 KiB", async () => {
    const harness = await hooks();
    for (const hook of ["nothing", "constructor"]) {
      expect((await deliver(harness, PLAIN, sign(PLAIN), hook)).body).toMatchObject({
        code: "hook_not_found",
      });
    }
    const large = " ".repeat(256 * 1024 + 1);
    expect((await deliver(harness, large, sign(large))).status).toBe(413);
  });
});
