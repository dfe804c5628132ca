import { expect, test } from "vitest";
import { sweepReport } from "../../support/openapi/reports.ts";
import { lethe, terminal } from "./command.ts";
import { problem } from "./fake_api.ts";

const SWEEP = "swp_01kb0000000000000000000000";
/** Clears the screen, sets its title, hides what follows, and turns the order of a line. */
const HOSTILE = "\u001b[2J\u001b]0;x\u0007\u009b8m\u202e\r";
const AT = "2026-12-24T00:00:00.000Z";
const OBEYED = /(?!\n)[\p{Cc}\u202e]/u;

const sweep = { ...sweepReport(SWEEP, HOSTILE), guard: null };
const matter = {
  code: "braked",
  since: null,
  about: { kind: "policy", id: HOSTILE },
  message: HOSTILE,
  settle: { method: "POST", path: `/v1/${HOSTILE}` },
};
const planned = { scope: HOSTILE, id: HOSTILE, clock: HOSTILE, due_at: HOSTILE };
const hold = {
  id: HOSTILE,
  status: "in_force",
  selector: { kind: "scope", source: HOSTILE, globs: [HOSTILE] },
  owner: HOSTILE,
  review_at: AT,
  review_due: false,
  in_force: {},
  matches: null,
  warnings: [],
};
const why = ["--ground", "x", "--owner", "o", "--review", "P90D"];

const ANSWERS = {
  "GET /healthz": { status: "degraded", last_tick: HOSTILE, attention: [matter] },
  "POST /v1/sweeps": sweep,
  [`GET /v1/sweeps/${SWEEP}`]: { ...sweep, waits_since: AT, plan_digest: "d" },
  [`GET /v1/sweeps/${SWEEP}/sessions?limit=5`]: { data: [planned] },
  "POST /v1/holds": hold,
  "GET /v1/holds?limit=100": { data: [hold], next_cursor: null },
  "PUT /v1/switch": { all: null, sources: {}, still_paused: [HOSTILE] },
  "POST /v1/erasures": problem(400, HOSTILE),
};

test.each([
  ["status"],
  ["sweep", "old"],
  ["approve", SWEEP],
  ["hold", "ls"],
  ["hold", "add", "--source", "s", "--scope", "w", "--id", "i", ...why],
  ["resume"],
  ["erase", "--person", "user_identifier_key=jane", "--yes"],
  ["--json", "status"],
  ["--json", "hold", "ls"],
])("no text of a Worker is an order to the terminal: lethe %s %s", async (...args) => {
  const ran = await lethe(args, ANSWERS, terminal(80, "n"));
  const seen = stripOurs(ran.out()) + ran.errors().join("\n");
  expect(seen).not.toMatch(OBEYED);
  expect(seen).toContain("\\u001b[2J");
  expect(seen).not.toContain("that this version knows");
});

test("JSON is read back as it was answered", async () => {
  const ran = await lethe(["--json", "hold", "ls"], ANSWERS);
  expect(ran.json()).toEqual([hold]);
});

/** What stays when the colours of this command, and its clearing of a live line, are taken away. */
function stripOurs(text: string): string {
  const ours = ["\r\u001b[2K", ...[1, 2, 22, 31, 33, 39].map((code) => `\u001b[${code}m`)];
  return ours.reduce((rest, one) => rest.replaceAll(one, ""), text);
}
