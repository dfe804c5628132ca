import { describe, expect, test } from "vitest";
import type { Fault } from "../../../src/sources/fault.ts";
import { inCustodian } from "../../support/sweep_harness.ts";
import { DAY, memorySource, session } from "../../support/sweep_memory.ts";

const NOW = Date.UTC(2026, 7, 1);
const POLICY = { expire: [{ clock: "expires_at", after: "P1D" }], brake: { percent: 100 } };
const FAULTS: readonly (readonly [string, Fault])[] = [
  ["source_unauthorized", { kind: "unauthorized", detail: "the key was refused" }],
  ["source_forbidden", { kind: "forbidden", detail: "not for this key", scope: null }],
];

describe.each(FAULTS)("a credential that is refused as %s", (code, fault) => {
  test.each(["list", "read", "remove"] as const)(
    "at a %s ends the sweep, and nothing more is removed",
    async (at) => {
      const source = memorySource(
        Array.from({ length: 30 }, (_, index) => session(`s${index}`, NOW - (2 + index) * DAY)),
        {},
        10,
      );
      await inCustodian(
        () => source,
        async (harness) => {
          let left = 3;
          source.before = (call) => {
            left -= call === at ? 1 : 0;
            return call === at && left < 0 ? fault : null;
          };
          // The list has three pages: its third one is the one that is refused.
          left = at === "list" ? 2 : 3;
          harness.start("swp_1", POLICY);
          await harness.run();
          const { dispositions, status, error } = harness.news("swp_1");
          expect({ status, code: error?.code }).toEqual({ status: "failed", code });
          expect(source.removed.length).toBeLessThanOrEqual(9);
          expect(dispositions.deleted ?? 0).toBe(source.removed.length);
          expect(source.sessions.size).toBe(30 - source.removed.length);
          expect(at === "list" && source.removed.length > 0).toBe(false);
        },
      );
    },
  );
});
