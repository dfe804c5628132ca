import { describe, expect, it, test } from "vitest";
import { DISPOSITIONS } from "../../../src/core/count/disposition.ts";
import {
  ERASURE_STATUSES,
  UNTOLD_PART,
  type ErasureReport,
} from "../../../src/core/report/erasure.ts";
import { IDENTIFIER_TYPES } from "../../../src/core/session/subject.ts";
import {
  kindWords,
  leftWords,
  outcomeWords,
  removedIn,
  statusWords,
  troubleWords,
} from "../../../src/page/erasures/statement_words.ts";
import { AT, erasureReport } from "../../support/openapi/reports.ts";

const REQUEST = {
  identifiers: [{ type: "user_identifier_key", value: "jane_doe" }],
  sources: null,
  scopes: null,
  regulation: "gdpr",
  requested_at: 0,
  reference: null,
  dry_run: false,
} as const;

function report(change: Partial<ErasureReport>): ErasureReport {
  return { ...erasureReport("ers_1", REQUEST), ...change };
}

describe("a statement in plain words", () => {
  test.each(DISPOSITIONS)("says of %s what became of each session, without that word", (end) => {
    const part = { dispositions: { [end]: 2 } };
    const words = leftWords(part);
    expect([end, removedIn(part) + words.length > 0]).toEqual([end, true]);
    expect(words.join()).not.toContain("_");
    // What may still be there is never said to be removed, and never passed over.
    expect(removedIn(part) > 0).toBe(end === "deleted" || end === "absent_after_attempt");
  });

  test.each(ERASURE_STATUSES)("says of %s how many went, as the report counts them", (status) => {
    const sources = {
      seam: { ...UNTOLD_PART, found: 4, dispositions: { deleted: 3, held: 1 } },
      vectara: UNTOLD_PART,
    };
    const words = outcomeWords(report({ status, sources, finished_at: null }));
    expect(words).not.toContain("_");
    const isWhole = status !== "observed" && status !== "no_match";
    expect(words.includes("3 sessions were removed, in 1 of 2 systems.")).toBe(isWhole);
  });

  it("says of one that removed nothing that it did not", () => {
    expect(outcomeWords(report({ status: "cancelled", sources: { seam: UNTOLD_PART } }))).toBe(
      "The request was stopped. No session was removed.",
    );
  });

  const held = { ...UNTOLD_PART, status: "done" as const, found: 2, dispositions: { held: 2 } };
  const oneUnreadable = { ...UNTOLD_PART.unreadable, count: 1 };
  test.each<[string, Partial<typeof UNTOLD_PART>, string]>([
    ["was searched to the end", { status: "no_match" }, "removed"],
    ["was searched in part", { status: "done", unsearched: 1 }, "searched or removed"],
    [
      "has sessions that cannot be read",
      { status: "done", unreadable: oneUnreadable },
      "searched or removed",
    ],
    ["has sessions of nobody", { status: "no_match", unattributable: 1 }, "searched or removed"],
    ["failed", { status: "failed" }, "searched or removed"],
    ["has stalled", { status: "stalled" }, "searched or removed"],
  ])("says of a hold beside a system that %s what could not be done", (_, other, what) => {
    const sources = { seam: held, vectara: { ...UNTOLD_PART, ...other } };
    const words = outcomeWords(report({ status: "partial", sources }));
    expect(words).toContain(`Not everything could be ${what}: the table`);
  });

  it("says of one of which no session is left that the search is what lacks", () => {
    const sources = { vectara: { ...UNTOLD_PART, status: "done" as const, unsearched: 2 } };
    const words = outcomeWords(report({ status: "partial", sources }));
    expect(words).toContain("Not everything could be searched: the table");
    expect(troubleWords(sources.vectara)).toEqual(["2 parts of it could not be searched"]);
  });

  it("says of a partial one whether it goes on, and how what is left can go", () => {
    const one = (finished_at: string | null, part: typeof UNTOLD_PART) =>
      statusWords(report({ status: "partial", sources: { seam: part }, finished_at }));
    expect(one(null, { ...UNTOLD_PART, status: "stalled" })).toContain("is tried again");
    expect(one(AT, held)).toBe(
      "Ended: not everything could be removed. What is left stays until the erasure is asked for anew, once the hold is released.",
    );
    expect(one(AT, { ...UNTOLD_PART, status: "failed" })).not.toMatch(/hold|tried again/);
  });

  it("names no kind of identifier by its field", () => {
    expect(kindWords(IDENTIFIER_TYPES)).not.toContain("_");
    expect(kindWords(["metadata:user.email"])).toBe("a field of the session (metadata:user.email)");
  });

  it("says what could not be searched, read or told apart", () => {
    const near = { sessions: 2, type: 0, case: 2, unicode: 0, blanks: 0, at_least: true };
    const unreadable = { ...UNTOLD_PART.unreadable, count: 5 };
    const words = troubleWords({
      ...UNTOLD_PART,
      status: "not_searched",
      unattributable: 1,
      unreadable,
      near_misses: near,
    });
    expect(words.map((line) => line.split(" ")[0])).toEqual(["it", "5", "1", "2"]);
    expect(troubleWords({ ...UNTOLD_PART, status: "no_match" })).toEqual([]);
  });

  it("never passes over a session that was found and has met no end", () => {
    const part = { ...UNTOLD_PART, found: 5, dispositions: { held: 2 } };
    const open = "3 left: nothing was done about them so far";
    expect(troubleWords({ ...part, status: "observed" })).toEqual([open]);
    expect(troubleWords({ ...part, status: "planned" })).toEqual([open, "it is not done with yet"]);
    expect(troubleWords(UNTOLD_PART)).toEqual(["it is not done with yet"]);
  });
});
