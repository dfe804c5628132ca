import { expect, test } from "vitest";
import { goodBye, nextSteps } from "../../scripts/start/screen/advice.ts";
import { paintFor } from "../../scripts/start/screen/paint.ts";
import { paperOn } from "../../scripts/start/screen/paper.ts";
import { createScreen } from "../../scripts/start/screen/screen.ts";
import { sweep } from "./sweep_report.ts";

const URL = "http://127.0.0.1:8787";
const PAUSED = "switch   every source is paused until it is ended, by ops: a look around";
const LIVE = {
  id: "seam",
  label: "https://connect.getseam.com, the account of SEAM_API_KEY",
  is_local: false,
};

function at(time: string): Date {
  return new Date(`2026-08-01T${time}`);
}

/** A screen, and what it has written. */
function screenOn(terminal: { columns: number } | null) {
  const seen = { text: "" };
  const out = {
    isTTY: terminal !== null,
    columns: terminal?.columns ?? 0,
    write: (text: string) => (seen.text += text),
  };
  const screen = createScreen(paperOn(out, {}), paintFor(terminal !== null, { NO_COLOR: "1" }), [
    "expired-client-sessions",
  ]);
  return { screen, seen };
}

test("no line of the screen is wider than 80 columns, in a pipe and on a terminal", () => {
  for (const terminal of [null, { columns: 80 }]) {
    const { screen, seen } = screenOn(terminal);
    screen.running(URL);
    screen.newKey(`seam_lethe_${"0".repeat(64)}`, ".lethe/api_key");
    screen.sources(new Map([["client_sessions", LIVE]]));
    const policy = { id: "expired-client-sessions", mode: "observe", target: LIVE } as const;
    screen.policies([{ ...policy, reason: "back_to_observe" }], URL);
    screen.next(URL, { file: ".lethe/api_key", counts: true, is_there: true });
    const id = `swp_${"0".repeat(26)}`;
    const counts = { ...sweep().counts, examined: 12_345_678, due: 1_234_567 };
    screen.sweep(sweep({ id, status: "braked", counts, finished_at: null }), at("12:00:00"));
    const error = { code: "source_unauthorized", message: "word ".repeat(30).trim() } as const;
    screen.sweep(sweep({ status: "failed", error, policy: "a".repeat(60) }), at("12:00:00"));
    screen.other(`${PAUSED} and much more of a look than anybody has asked for`, at("12:00:00"));
    screen.complain(new Error("no answer ".repeat(20)), ".lethe/wrangler.log", at("12:00:00"));
    screen.ticked(at("12:01:00"));
    screen.ticked(at("12:02:00"));
    const wide = seen.text.split(/[\n\r]/).filter((line) => line.length > 80);
    expect(wide).toEqual([]);
    expect(seen.text).toContain(`  to approve: npx lethe approve ${id}\n`);
    expect(seen.text).toContain("    12.3M   1.23M   1,200 ");
  }
});

test("ticks that did nothing are one line of a terminal, until something happens", () => {
  const { screen, seen } = screenOn({ columns: 80 });
  screen.ticked(at("12:01:00"));
  screen.ticked(at("12:02:00"));
  screen.other("hold     hld_1  in_force", at("12:02:30"));
  screen.ticked(at("12:03:00"));
  screen.ticked(at("12:04:00"));
  expect(seen.text).toBe(
    "\r\u001B[2K12:01:00 1 tick with nothing to do since 12:01:00" +
      "\r\u001B[2K12:02:00 2 ticks with nothing to do since 12:01:00" +
      "\n12:02:30 hold     hld_1  in_force\n" +
      "\r\u001B[2K12:04:00 1 tick with nothing to do since 12:04:00",
  );
});

test("ticks that did nothing are not printed in a pipe", () => {
  const { screen, seen } = screenOn(null);
  screen.ticked(at("12:01:00"));
  screen.other("hold     hld_1  in_force", at("12:02:30"));
  screen.ticked(at("12:02:00"));
  screen.ticked(at("12:03:00"));
  expect(seen.text).toBe("12:02:30 hold     hld_1  in_force\n");
});

test("a terminal obeys nothing that a reason holds", () => {
  const { screen, seen } = screenOn({ columns: 80 });
  screen.other("switch   paused, by ops: \u001B[2J", at("12:00:00"));
  expect(seen.text).toBe("12:00:00 switch   paused, by ops: \\u001b[2J\n");
});

test("a start says what to open and what to paste next", () => {
  expect(nextSteps(URL, { file: "my state/api_key", counts: true, is_there: true })).toEqual([
    `open    ${URL} and sign in with the key`,
    "paste   in another terminal, in this folder:",
    `  export LETHE_URL=${URL}`,
    "  export LETHE_KEY=$(cat 'my state/api_key')",
    "  npx lethe status",
  ]);
});

test("with API_KEYS of a person's own, the key that was made before is said not to count", () => {
  const key = { file: ".lethe/api_key", counts: false, is_there: true };
  const lines = nextSteps(URL, key).join("\n");
  expect(lines).toContain("only your keys count:\n        not the one in .lethe/api_key\n");
  expect(lines).toContain("sign in with a key of yours\n");
  expect(lines).not.toContain("$(cat");
  expect(nextSteps(URL, { ...key, is_there: false }).join("\n")).not.toContain("api_key");
});

test("a good-bye says what is kept where, and how to go on", () => {
  expect(goodBye(".lethe", null).join(" ")).toMatch(/are kept in \.lethe\. To go on: npm start$/);
  expect(goodBye("/tmp/x", "/tmp/x").at(-1)).toBe(
    "in /tmp/x. To go on: npm start -- --persist-to /tmp/x",
  );
});
