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
  troubleWords,
} from "../../../src/page/erasures/statement_words.ts";
import { erasureReport } from "../../support/openapi/reports.ts";

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
