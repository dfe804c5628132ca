import { describe, expect, it } from "vitest";
import type { CustodianAnswers, SoughtSession } from "../../../src/contract/custodian.ts";
import { UNTOLD_PART, type ErasureReport } from "../../../src/core/report/erasure.ts";
import { custodianAnswers } from "../../support/openapi/custodian.ts";
import { createHarness, keyFor, ROOT_KEY } from "../../support/openapi/harness.ts";

type SoughtPage = CustodianAnswers["soughtPage"];

const PATH = "/v1/erasures/ers_1/sessions";
const part = (status: ErasureReport["sources"][string]["status"]) => ({ ...UNTOLD_PART, status });

function row(id: string, change: Partial<SoughtSession> = {}): SoughtSession {
  const why = { matched_by: ["user_identifier_key"], child_of: null, held_by: null };
  return { scope: "w1", id, disposition: null, ...why, ...change };
}

/** A dry run over these sources, whose plans are what `sought` answers. */
async function withPlans(
  sources: ErasureReport["sources"],
  sought: (source: string) => SoughtPage,
  vars: Readonly<Record<string, string>> = {},
) {
  const harness = await createHarness(vars, {
    custodian: (source) => custodianAnswers({ soughtPage: sought(source) }),
  });
  await harness.ask("/v1/erasures", {
    method: "POST",
    json: {
      subject: { identifiers: [{ type: "user_identifier_key", value: "j" }] },
      dry_run: true,
    },
  });
  const report = harness.registrar.erasuresById.get("ers_1");
  if (report !== undefined) {
    harness.registrar.erasuresById.set("ers_1", { ...report, status: "observed", sources });
  }
  return harness;
}

const BOTH = { a: part("observed"), b: part("observed") };

describe("GET /v1/erasures/{id}/sessions", () => {
  it("goes through the plans source by source, each session once", async () => {
    const plans: Readonly<Record<string, readonly string[]>> = { a: ["1", "2", "3"], b: ["4"] };
    const asked: unknown[] = [];
    const { ask } = await withPlans(BOTH, (source) => (id, { limit, after }) => {
      asked.push([source, id, after]);
      const rows = (plans[source] ?? []).slice(after, after + limit);
      const isLast = after + limit >= (plans[source] ?? []).length;
      const next = isLast ? null : after + limit;
      return Promise.resolve({ kind: "page", data: rows.map((one) => row(one)), next });
    });
    const seen: unknown[] = [];
    for (let cursor = ""; ;) {
      const { body } = await ask(`${PATH}?limit=2${cursor}`, { key: keyFor("sessions:read") });
      seen.push(...(body["data"] as readonly object[]));
      if (body["next_cursor"] === null) {
        break;
      }
      cursor = `&cursor=${encodeURIComponent(body["next_cursor"] as string)}`;
    }
    const of = (source: string, id: string) => ({ source, ...row(id) });
    expect(seen).toEqual([of("a", "1"), of("a", "2"), of("a", "3"), of("b", "4")]);
    expect(asked).toEqual([
      ["a", "ers_1", 0],
      ["a", "ers_1", 2],
      ["b", "ers_1", 0],
    ]);
  });

  it("passes over plans without a session, and sources that made none", async () => {
    const sources = { a: part("no_match"), b: part("observed"), c: part("failed") };
    const { ask } = await withPlans(
      sources,
      (source) => () =>
        Promise.resolve(
          source === "c"
            ? { kind: "gone" }
            : { kind: "page", data: source === "a" ? [] : [row("1")], next: null },
        ),
    );
    const { body } = await ask(PATH);
    expect(body).toEqual({ data: [{ source: "b", ...row("1") }], next_cursor: null });
  });

  it.each([
    ["gone", "plan_gone"],
    ["pending", "plan_pending"],
  ] as const)("is a 409 where the plan of one source is %s", async (kind, code) => {
    const { ask } = await withPlans(
      BOTH,
      (source) => () =>
        Promise.resolve(source === "a" ? { kind: "page", data: [], next: null } : { kind }),
    );
    expect((await ask(PATH)).body).toMatchObject({ code, status: 409 });
  });

  it("is a 409 where no source made a plan: no session is not what that means", async () => {
    const { ask } = await withPlans({ a: part("failed") }, () => () => {
      throw new Error("nobody is asked");
    });
    expect((await ask(PATH)).body).toMatchObject({ code: "plan_gone" });
  });

  it("is 404 for an erasure that is not there, and refuses a cursor of another list", async () => {
    const { ask } = await withPlans(BOTH, () => () => Promise.resolve({ kind: "gone" }));
    expect((await ask("/v1/erasures/none/sessions")).body).toMatchObject({
      code: "erasure_not_found",
    });
    expect((await ask(`${PATH}?cursor=x`)).body).toMatchObject({ errors: [{ field: "cursor" }] });
  });

  it("names a hold to who may read it, and to nobody else", async () => {
    const { ask } = await withPlans(
      { client_sessions: part("observed") },
      () => () =>
        Promise.resolve({
          kind: "page",
          data: [row("1", { disposition: "held", held_by: "hld_1" }), row("2", { held_by: "x" })],
          next: null,
        }),
    );
    await ask("/v1/holds", {
      method: "POST",
      json: {
        selector: {
          kind: "subject",
          identifiers: [{ type: "user_identifier_key", value: "jane_doe" }],
        },
        ground: { text: "x" },
        owner: "legal",
        review_at: "2026-12-01T00:00:00Z",
      },
    });
    const heldBy = async (key: string) =>
      ((await ask(PATH, { key })).body["data"] as { held_by: string | null }[]).map(
        ({ held_by: hold }) => hold,
      );
    expect(await heldBy(ROOT_KEY)).toEqual(["hld_1", null]);
    expect(await heldBy(keyFor("sessions:read"))).toEqual([null, null]);
  });
});
