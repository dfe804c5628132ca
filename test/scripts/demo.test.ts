import { describe, expect, test } from "vitest";
import { freeze, judge, type Rule } from "../../src/core/rule/due.ts";
import { parseClock } from "../../src/core/values/timestamp.ts";
import { createDemoData, type DemoRecord } from "../../scripts/start/demo/demo_data.ts";
import { loadRecords } from "../../scripts/start/demo/load_demo.ts";
import { readShipped } from "../../scripts/start/policies.ts";
import { DOCUMENT_SESSION } from "../support/documented_session.ts";

const NOW = Date.UTC(2026, 7, 1, 12);
const records = createDemoData(NOW, "a-workspace");
const shipped = await readShipped("policies");

function ruleAt(cutoff: number, id: string): Rule {
  const policy = shipped.get(id)?.policy;
  if (policy === undefined) {
    throw new Error(`no policy ${id}`);
  }
  return freeze(policy, cutoff);
}

function isDue(record: DemoRecord, cutoff: number): boolean {
  const { source, session } = record;
  const isClient = source === "client_sessions";
  const rule = ruleAt(cutoff, isClient ? "expired-client-sessions" : "stale-agent-sessions");
  const createdAt = parseClock(session["created_at"]);
  const newest = isClient ? null : parseClock(record.events.at(-1)?.["created_at"]);
  return (
    judge(rule, {
      scope: "a",
      id: "b",
      clocks: isClient
        ? { created_at: createdAt, expires_at: parseClock(session["expires_at"]) }
        : { created_at: createdAt, last_active_at: newest ?? createdAt },
      activity_read: true,
      busy: false,
      person: [],
      parent: null,
      version: 1,
      metadata: null,
    }).kind === "due"
  );
}

describe("the demonstration data", () => {
  test("is the same every time, relative to its time", () => {
    expect(createDemoData(NOW, "a-workspace")).toEqual(records);
    const hourLater = createDemoData(NOW + 3_600_000, "a-workspace");
    expect(hourLater.map((record) => isDue(record, NOW + 3_600_000))).toEqual(
      records.map((record) => isDue(record, NOW)),
    );
  });

  test.each(["client_sessions", "agent_sessions"] as const)(
    "has thousands of %s, less than half of them due, and more from minute to minute",
    (source) => {
      const mine = records.filter((record) => record.source === source);
      const dueAfter = (minutes: number): number =>
        mine.filter((record) => isDue(record, NOW + minutes * 60_000)).length;
      expect(mine.length).toBeGreaterThanOrEqual(2000);
      expect(dueAfter(0) / mine.length).toBeGreaterThan(0.3);
      expect(dueAfter(0) / mine.length).toBeLessThan(0.45);
      expect(dueAfter(10)).toBeGreaterThan(dueAfter(0));
      expect(dueAfter(60)).toBeGreaterThan(dueAfter(10));
    },
  );

  test("has no id twice", () => {
    const ids = records.map(({ session }) => session["client_session_id"] ?? session["key"]);
    expect(new Set(ids).size).toBe(ids.length);
    const tokens = records.flatMap(({ session }) => session["token"] ?? []);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  test("holds the documents' very record, which is due", () => {
    const [shown, toDelete] = records;
    expect(shown?.session).toEqual({ ...DOCUMENT_SESSION, workspace_id: "a-workspace" });
    expect(shown !== undefined && isDue(shown, NOW)).toBe(true);
    expect(toDelete?.session["client_session_id"]).toBe("d149de35-cfad-46fe-a78e-f71f649e7a37");
    expect(toDelete !== undefined && isDue(toDelete, NOW)).toBe(false);
  });

  test("leaves sessions of jane_doe in both sources for an erasure to find", () => {
    const left = records.filter((record) => {
      const metadata = record.session["metadata"] as Record<string, unknown> | undefined;
      const key = record.session["user_identifier_key"] ?? metadata?.["user_identifier_key"];
      return key === "jane_doe" && !isDue(record, NOW);
    });
    expect(new Set(left.map(({ source }) => source)).size).toBe(2);
  });

  test("is sent in requests that stay under the import's limit", async () => {
    const requests: (readonly string[])[] = [];
    const counts = await loadRecords(records, {
      importLines: async (lines) => {
        requests.push(lines);
      },
    });
    expect(counts).toEqual({ client_sessions: 3002, agent_sessions: 2001 });
    expect(requests.flat().map((line) => JSON.parse(line) as unknown)).toEqual(records);
    for (const lines of requests) {
      expect(Buffer.byteLength(lines.join("\n"))).toBeLessThan(8 * 1024 * 1024);
    }
  });
});
