import { describe, expect, test } from "vitest";
import { inCustodian } from "../support/sweep_harness.ts";
import {
  DAY,
  memorySource,
  session,
  type MemoryOptions,
  type MemorySource,
} from "../support/sweep_memory.ts";

// The Registrar stops what runs under a version that was superseded; here that meets a sweep at each of its
// calls, and in each wait between them.

const NOW = Date.UTC(2026, 7, 1);
const POLICY = {
  expire: [{ clock: "last_active_at", after: "P1D" }],
  brake: { percent: 100 },
  verify: 100,
};
const COUNT = 12;

const SOURCES: Readonly<Record<string, MemoryOptions>> = {
  "by call": { concurrency: 3 },
  "by call, after reading activity": { concurrency: 3, activity_by_session: true },
  "in batches": { removal: "conditional", remove_batch: 3 },
};

function due(changes: MemoryOptions): MemorySource {
  return memorySource(
    Array.from({ length: COUNT }, (_, index) => {
      const at = NOW - (2 + index) * DAY;
      return session(`s${index}`, at, {
        clocks: { last_active_at: at, created_at: at - DAY },
        activity_read: changes.activity_by_session !== true,
      });
    }),
    changes,
    5,
  );
}

interface Edited {
  readonly status: string;
  readonly begun_after: number;
  readonly settled: number;
  readonly deleted: number;
  readonly removed: number;
  readonly left: number;
}

/** Runs one sweep that is stopped at its nth call; null when it has fewer. */
async function editedAt(changes: MemoryOptions, nth: number): Promise<Edited | null> {
  const source = due(changes);
  const found: Edited[] = [];
  let seen = 0;
  let begunAfter = 0;
  const count = (): void => {
    begunAfter += seen >= nth ? 1 : 0;
  };
  if (source.removes === "by_batch") {
    const { remove } = source;
    source.remove = async (...given) => {
      count();
      return remove(...given);
    };
  } else {
    const { remove } = source;
    source.remove = async (...given) => {
      count();
      return remove(...given);
    };
  }
  await inCustodian(
    () => source,
    async (harness) => {
      source.before = () => {
        seen += 1;
        if (seen === nth) {
          harness.jobs.wish("swp_1", { do: "stop", as: "superseded" });
          harness.wake("swp_1");
        }
        return null;
      };
      harness.start("swp_1", POLICY);
      await harness.run();
      const { status, dispositions } = harness.news("swp_1");
      found.push({
        status,
        begun_after: begunAfter,
        settled: Object.values(dispositions).reduce((sum, n) => sum + n, 0),
        deleted: dispositions.deleted ?? 0,
        removed: source.removed.length,
        left: source.sessions.size,
      });
    },
  );
  return seen < nth ? null : (found[0] ?? null);
}

describe.each(Object.entries(SOURCES))("a policy edited while a sweep removes %s", (_, changes) => {
  test("at every point of it: it ends superseded, and no removal begins after that", async () => {
    let points = 0;
    let sawPart = false;
    for (let nth = 1; nth < 200; nth++) {
      const edited = await editedAt(changes, nth);
      if (edited === null) {
        break;
      }
      points += 1;
      const { removed } = edited;
      expect({ nth, ...edited }).toMatchObject({
        nth,
        status: "superseded",
        begun_after: 0,
        deleted: removed,
        left: COUNT - removed,
      });
      // Nothing is forgotten: what a plan held is told of, whatever became of it.
      expect([0, COUNT]).toContain(edited.settled);
      sawPart ||= removed > 0 && edited.left > 0;
    }
    expect(points).toBeGreaterThan(8);
    expect(sawPart).toBe(true);
  });
});
