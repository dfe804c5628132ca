import { beforeEach, describe, expect, test } from "vitest";
import type {
  Delivery,
  IdempotencyKey,
  OpenErasureAnswer,
} from "../../../src/contract/registrar.ts";
import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import type { Identifier } from "../../../src/core/session/subject.ts";
import { openEngine } from "../../support/engine.ts";
import { by, embeddedWorld, JANE } from "../../support/erasure_world.ts";

const engine = await openEngine();
const world = embeddedWorld();

function open(
  identifiers: readonly Identifier[],
  actor: string,
  idempotency: IdempotencyKey | null,
  delivery: Delivery | null,
): Promise<OpenErasureAnswer> {
  return engine.registrar.openErasure(
    {
      identifiers,
      sources: null,
      scopes: null,
      regulation: null,
      requested_at: Date.now(),
      reference: null,
      dry_run: false,
    },
    actor,
    idempotency,
    delivery,
  );
}

function reportIn(answer: OpenErasureAnswer): ErasureReport {
  if (answer.kind === "idempotency_conflict") {
    throw new Error("a conflict has no report");
  }
  return answer.erasure;
}

async function count(): Promise<number> {
  return (await engine.registrar.erasures({ limit: 100, cursor: null }, {})).data.length;
}

describe("an Idempotency-Key", () => {
  const idempotency = (changes: Partial<IdempotencyKey> = {}): IdempotencyKey => ({
    owner: "key one",
    key: crypto.randomUUID(),
    body_hash: "body",
    ...changes,
  });

  beforeEach(async () => {
    await world.open(engine);
  });

  test("with the same body gives the same erasure, also after it has ended", async () => {
    const same = idempotency();
    const first = reportIn(await open([JANE], "key one", same, null));
    const ended = await engine.erasure(first.id);
    await world.clients({ name: "later", user_identifier_key: "jane_doe" });
    const before = await count();
    const again = await open([JANE], "key one", same, null);
    expect(again).toEqual({ kind: "replayed", erasure: ended });
    expect(await count()).toBe(before);
    expect(await world.left()).toEqual(["later"]);
  });

  test("with another body is a conflict, and nothing is opened", async () => {
    const same = idempotency();
    await open([JANE], "key one", same, null);
    const before = await count();
    expect(
      await open([by("user_identifier_key", "bob")], "key one", { ...same, body_hash: "2" }, null),
    ).toEqual({ kind: "idempotency_conflict" });
    expect(await count()).toBe(before);
  });

  test("of another API key is another one", async () => {
    const same = idempotency();
    const first = reportIn(await open([JANE], "key one", same, null));
    const other = await open([JANE], "key two", { ...same, owner: "key two" }, null);
    expect(other.kind).toBe("opened");
    expect(reportIn(other).id).not.toBe(first.id);
  });

  test("twenty requests at once open one erasure", async () => {
    const same = idempotency();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => open([JANE], "key one", same, null)),
    );
    expect(new Set(answers.map((answer) => reportIn(answer).id)).size).toBe(1);
    expect(answers.filter(({ kind }) => kind === "opened")).toHaveLength(1);
  });
});

describe("a webhook delivery", () => {
  const delivery = (changes: Partial<Delivery> = {}): Delivery => ({
    hook: crypto.randomUUID(),
    webhook_id: "msg_1",
    body_hash: "body",
    max_per_hour: 2,
    ...changes,
  });

  beforeEach(async () => {
    await world.open(engine);
  });

  test("that comes again gives the same erasure; with another body it is a conflict", async () => {
    const one = delivery();
    const first = await open([JANE], "webhook:x", null, one);
    const again = await open([JANE], "webhook:x", null, one);
    expect(first.kind).toBe("opened");
    expect(again.kind).toBe("replayed");
    expect(reportIn(again).id).toBe(reportIn(first).id);
    expect(await open([JANE], "webhook:x", null, { ...one, body_hash: "2" })).toEqual({
      kind: "idempotency_conflict",
    });
  });

  test("of the same id at another hook is another one", async () => {
    const first = reportIn(await open([JANE], "webhook:x", null, delivery()));
    const second = reportIn(await open([JANE], "webhook:y", null, delivery()));
    expect(second.id).not.toBe(first.id);
  });

  test("above max_per_hour waits for approval, and removes nothing until then", async () => {
    const hook = crypto.randomUUID();
    await world.clients({ name: "jane", user_identifier_key: "joan" });
    for (const id of ["msg_1", "msg_2"]) {
      const answer = await open([by("user_identifier_key", id)], "webhook:x", null, {
        ...delivery({ hook, webhook_id: id }),
      });
      expect((await engine.erasure(reportIn(answer).id)).status).toBe("no_match");
    }
    const third = reportIn(
      await open(
        [by("user_identifier_key", "joan")],
        "webhook:x",
        null,
        delivery({ hook, webhook_id: "msg_3" }),
      ),
    );
    const waiting = await engine.erasure(third.id);
    expect(waiting).toMatchObject({
      status: "needs_approval",
      error: { code: "webhook_limit" },
      sources: { client_sessions: { status: "planned", found: 1 } },
    });
    expect(await world.left()).toEqual(["jane"]);
    await engine.registrar.approveErasure(third.id, waiting.plan_digest ?? "", "a person");
    expect((await engine.erasure(third.id)).status).toBe("completed");
    expect(await world.left()).toEqual([]);
  });

  test("counts each hook alone, and a repeated delivery once", async () => {
    const hook = crypto.randomUUID();
    const one = delivery({ hook });
    for (let again = 0; again < 5; again++) {
      await open([JANE], "webhook:x", null, one);
    }
    const two = reportIn(
      await open([JANE], "webhook:x", null, delivery({ hook, webhook_id: "2" })),
    );
    const other = reportIn(await open([JANE], "webhook:y", null, delivery({ webhook_id: "3" })));
    expect((await engine.erasure(two.id)).status).toBe("no_match");
    expect((await engine.erasure(other.id)).status).toBe("no_match");
  });
});

describe("many at once", () => {
  test("150 erasures of 150 people all end, each with its own", async () => {
    await world.open(engine);
    const names = Array.from({ length: 150 }, (_, index) => `person ${index}`);
    await world.clients(...names.map((name) => ({ name, user_identifier_key: name })));
    const opened = await Promise.all(
      names.map((name) => open([by("user_identifier_key", name)], "test", null, null)),
    );
    for (const answer of opened) {
      const report = await engine.erasure(reportIn(answer).id);
      expect(report.status).toBe("completed");
      expect(report.sources["client_sessions"]).toMatchObject({
        found: 1,
        dispositions: { deleted: 1 },
      });
    }
    expect(await world.left()).toEqual([]);
  }, 60_000);
});
