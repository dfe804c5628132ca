import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { textOf } from "../documents/text.ts";

function run(db: DatabaseSync, name: string): void {
  db.exec(textOf(`migrations/${name}.sql`));
}

it("takes an agent session whose record is not JSON for one in use, and does not fail for it", () => {
  const db = new DatabaseSync(":memory:");
  run(db, "0001_store");
  const insert = db.prepare(
    "INSERT INTO agent_sessions (agent_key, session_key, record) VALUES ('agt_a', ?, ?)",
  );
  for (const [key, record] of [
    ["a_cut", '{"status":"stop'],
    ["b_running", '{"status":"running"}'],
    ["c_stopped", '{"status":"stopped"}'],
    ["d_none", "{}"],
  ] as const) {
    insert.run(key, record);
  }
  run(db, "0002_agent_session_busy");
  const rows = db.prepare("SELECT session_key, busy, version FROM agent_sessions").all();
  expect(rows.map((row) => Object.values(row))).toEqual([
    ["a_cut", 1, 2],
    ["b_running", 1, 2],
    ["c_stopped", 0, 1],
    ["d_none", 0, 1],
  ]);
});
