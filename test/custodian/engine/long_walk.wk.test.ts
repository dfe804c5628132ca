import { expect, test } from "vitest";
import { ok } from "../../../src/core/values/result.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session, type MemorySource } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = {
  expire: [{ clock: "last_active_at", after: "P1D" }],
  brake: { percent: 100 },
  verify: 0,
};
const PAGES = 300;

/** An idle session whose events fill more pages than a slice has calls, in front of one with few. */
function withLongSession(): MemorySource {
  const clocks = (days: number) => ({ clocks: { last_active_at: NOW - days * DAY } });
  const unread = { activity_read: false };
  const source = memorySource(
    [
      session("long", NOW, { ...clocks(9), ...unread }),
      session("short", NOW, { ...clocks(5), ...unread }),
    ],
    { activity_by_session: true },
  );
  const { readActivity } = source;
  source.readActivity = async (ref, since, cursor, turn) => {
    const page = Number(cursor ?? 0);
    const read = await readActivity?.(ref, since, cursor, turn);
    if (read === undefined || !read.ok || ref.id !== "long" || page + 1 >= PAGES) {
      return read ?? ok({ kind: "absent" });
    }
    return ok({ kind: "more", cursor: String(page + 1) });
  };
  return source;
}

test("a session with more events than a slice can read is read on in the next, and removed", async () => {
  await inCustodian(withLongSession, async (harness) => {
    harness.perSecond = 5;
    harness.start("swp_1", POLICY);
    await harness.run();
    const { calls, removed } = harness.source as MemorySource;
    expect(harness.news("swp_1")).toMatchObject({
      status: "completed",
      dispositions: { deleted: 2 },
    });
    expect(removed.toSorted()).toEqual(["long", "short"]);
    // Once to plan it, once before its removal; a page that the end of a slice cut off comes again.
    const walked = calls.filter(({ call, id }) => call === "activity" && id === "long").length;
    expect(walked).toBeLessThan(2 * PAGES + 20);
  });
});
