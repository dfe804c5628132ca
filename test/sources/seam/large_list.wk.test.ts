import { expect, it } from "vitest";
import { ok } from "../../../src/core/values/result.ts";
import { readList } from "../../../src/sources/seam/list.ts";
import { SEAM_LIMITS } from "../../../src/sources/seam/source.ts";
import { startFake } from "../../support/fake_client.ts";
import { FAKE_KEY, FAKE_WORKSPACE, TURN } from "../../support/seam_open.ts";

const MIB = 1_048_576;

it("streams a list of 300,000 sessions with less than 1 MiB buffered", async () => {
  const fake = await startFake("seam");
  await fake.seed({ generate: { count: 300_000 } });
  const request = ok({
    method: "POST",
    url: `${fake.url}/client_sessions/list`,
    headers: { authorization: `Bearer ${FAKE_KEY}`, "content-type": "application/json" },
    body: "{}",
  } as const);
  let handed = 0;
  let most = 0;
  const wire = { turn: TURN, now: () => 0, limits: SEAM_LIMITS.list };
  const read = await readList(wire, request, (sessions) => {
    handed += sessions.length;
    most = Math.max(most, sessions.length);
  });
  if (!read.ok) {
    throw new Error(read.error.detail);
  }
  expect(read.value).toMatchObject({ rows: 300_000, workspace: FAKE_WORKSPACE });
  expect(handed).toBe(300_000);
  expect(most).toBe(500);
  expect(read.value.peak_bytes).toBeLessThan(MIB);
}, 120_000);

it("hands over large sessions before there are 500 of them", async () => {
  const fake = await startFake("seam");
  const note = "x".repeat(100_000);
  await fake.seed({ sessions: Array.from({ length: 20 }, () => ({ note })) });
  const request = ok({
    method: "POST",
    url: `${fake.url}/client_sessions/list`,
    headers: { authorization: `Bearer ${FAKE_KEY}`, "content-type": "application/json" },
    body: "{}",
  } as const);
  const sizes: number[] = [];
  const wire = { turn: TURN, now: () => 0, limits: SEAM_LIMITS.list };
  const read = await readList(wire, request, (sessions) => void sizes.push(sessions.length));
  expect(read).toMatchObject({ ok: true, value: { rows: 20 } });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
  expect(read.ok && read.value.peak_bytes).toBeLessThan(MIB);
});
