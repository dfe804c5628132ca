import { expect, test } from "vitest";
import { watchOthers } from "../../scripts/start/screen/others.ts";

const erasure = (id: string, status: string, deleted: number) => ({
  id,
  status,
  sources: { client_sessions: { found: 2, dispositions: { deleted } } },
  error: null,
  finished_at: status === "completed" ? "2026-08-01T12:00:00.000Z" : null,
});
const NO_PAUSE = { all: null, sources: {} };
const PAUSE = { until: null, by: "ops", reason: "a look around", at: "2026-08-01T12:00:00.000Z" };
const UNTIL = { ...PAUSE, until: "2026-08-02T09:30:00.000Z" };

/** What each look shows, of what the API answers at it; lists come newest first. */
async function looks(...states: readonly Readonly<Record<string, unknown>>[]) {
  let lines: string[] = [];
  let state: Readonly<Record<string, unknown>> = {};
  const get = async (path: string) => state[path.split("?")[0] ?? ""];
  const look = watchOthers({ get }, (line) => lines.push(line.replaceAll("\u00A0", " ")));
  const shown: string[][] = [];
  for (const next of states) {
    state = {
      "/v1/erasures": { data: [] },
      "/v1/holds": { data: [] },
      "/v1/switch": NO_PAUSE,
      ...next,
    };
    lines = [];
    await look();
    shown.push(lines);
  }
  return shown;
}

test("the screen shows an erasure as it goes on, and none that had ended before the start", async () => {
  const old = erasure("ers_old", "completed", 2);
  const shown = await looks(
    { "/v1/erasures": { data: [erasure("ers_1", "needs_approval", 0), old] } },
    { "/v1/erasures": { data: [erasure("ers_1", "completed", 2), old] } },
    { "/v1/erasures": { data: [erasure("ers_1", "completed", 2), old] } },
  );
  expect(shown).toEqual([
    ["erasure  ers_1  needs_approval; found 2, removed 0; to approve: npx lethe approve ers_1"],
    ["erasure  ers_1  completed; found 2, removed 2"],
    [],
  ]);
});

test("the screen shows holds and the switch as they change", async () => {
  const hold = (status: string) => ({ data: [{ id: "hld_1", status }] });
  const shown = await looks(
    {},
    { "/v1/holds": hold("in_force"), "/v1/switch": { all: PAUSE, sources: {} } },
    { "/v1/holds": hold("released"), "/v1/switch": { all: null, sources: { crm: UNTIL } } },
    { "/v1/holds": hold("released") },
  );
  expect(shown).toEqual([
    [],
    [
      "hold     hld_1  in_force",
      "switch   every source is paused until it is ended, by ops: a look around",
    ],
    [
      "hold     hld_1  released",
      "switch   crm is paused until 2026-08-02 09:30 UTC, by ops: a look around",
    ],
    ["switch   off: removals go on"],
  ]);
});

test("a start says nothing of holds that are as they were, and says that the switch is on", async () => {
  const shown = await looks(
    {
      "/v1/holds": { data: [{ id: "hld_1", status: "in_force" }] },
      "/v1/switch": { all: PAUSE, sources: {} },
    },
    { "/v1/holds": { data: [{ id: "hld_1", status: "released" }] } },
  );
  expect(shown).toEqual([
    ["switch   every source is paused until it is ended, by ops: a look around"],
    ["hold     hld_1  released", "switch   off: removals go on"],
  ]);
});
