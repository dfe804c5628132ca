import { afterEach, describe, expect, test } from "vitest";
import { startFake } from "../support/fake_client.ts";
import {
  daysAgo,
  NOW,
  runCourse,
  seamProvider,
  vectaraProvider,
  type Provider,
  type Seed,
} from "../support/provider_world.ts";

const seam = seamProvider(await startFake("seam"));
const vectara = vectaraProvider(await startFake("vectara"));

afterEach(async () => {
  await seam.fake.reset();
  await vectara.fake.reset();
});

const SECOND = 1000;
const HOUR = 3600 * SECOND;
/** Clocks up to here are due: the later sweep of a course makes the same of every clock below. */
const THRESHOLD = NOW - 30 * 24 * HOUR;
const LONG_AGO = daysAgo(90);

/** A time as a place so many hours east of Greenwich writes it. */
function written(at: number, hours: number): string {
  const local = new Date(at + hours * HOUR).toISOString().slice(0, -1);
  const size = Math.abs(hours);
  const minutes = String((size % 1) * 60).padStart(2, "0");
  return `${local}${hours < 0 ? "-" : "+"}${String(Math.floor(size)).padStart(2, "0")}:${minutes}`;
}

/** What a provider may write as a clock, and whether it makes a session due. */
const CLOCKS: readonly (readonly [string, unknown, boolean])[] = [
  ["long ago", LONG_AGO, true],
  ["at the very time", new Date(THRESHOLD).toISOString(), true],
  ["at the time, east of Greenwich", written(THRESHOLD, 14), true],
  ["at the time, half an hour off", written(THRESHOLD, 5.5), true],
  ["at the time, west of Greenwich", written(THRESHOLD, -11), true],
  ["long ago, without a fraction", LONG_AGO.replace(".000Z", "Z"), true],
  ["long ago, with nine digits", LONG_AGO.replace(".000Z", ".000000001Z"), true],
  ["long ago, in small letters", LONG_AGO.toLowerCase(), true],
  ["yesterday", daysAgo(1), false],
  ["yesterday, written as if it were long ago", written(Date.parse(daysAgo(1)), -23), false],
  ["now", new Date(NOW).toISOString(), false],
  ["in the future", daysAgo(-1), false],
  ["in the far future", "9999-12-31T23:59:59Z", false],
  ["in a year of five digits", "+012026-01-01T00:00:00Z", false],
  ["the epoch", "1970-01-01T00:00:00Z", false],
  ["the year one", "0001-01-01T00:00:00Z", false],
  ["before there were sessions", "2014-12-31T23:59:59Z", false],
  ["no zone", LONG_AGO.slice(0, -1), false],
  ["a date", LONG_AGO.slice(0, 10), false],
  ["a day that is none", "2026-02-30T00:00:00Z", false],
  ["an hour that is none", "2026-03-01T24:00:00Z", false],
  ["an offset that is none", "2026-03-01T00:00:00+25:00", false],
  ["a leap second", "2015-06-30T23:59:60Z", false],
  ["words", "three months ago", false],
  ["empty", "", false],
  ["epoch milliseconds", Date.parse(LONG_AGO), false],
  ["epoch seconds", Date.parse(LONG_AGO) / SECOND, false],
  ["epoch seconds as text", String(Date.parse(LONG_AGO) / SECOND), false],
  ["zero", 0, false],
  ["true", true, false],
  ["null", null, false],
  ["missing", undefined, false],
  ["an object", { seconds: 1 }, false],
  ["a list", [LONG_AGO], false],
];

/** Later than the time by the least that can be written; the later sweep is two days too late for them. */
const JUST_LATER: readonly (readonly [string, string])[] = [
  ["a millisecond later", new Date(THRESHOLD + 1).toISOString()],
  ["a nanosecond later", new Date(THRESHOLD).toISOString().replace(".000Z", ".000000001Z")],
  ["a second later, elsewhere", written(THRESHOLD + SECOND, -8)],
];

interface Variant {
  readonly what: string;
  readonly provider: Provider;
  readonly policy: object;
  seed(n: number, clock: unknown): Seed;
}

const CREATED = { expire: [{ clock: "created_at", after: "P30D" }] };

const VARIANTS: readonly Variant[] = [
  { what: "expires_at of Seam", provider: seam, policy: {}, seed: (n, clock) => ({ n, clock }) },
  {
    what: "created_at of Seam",
    provider: seam,
    policy: CREATED,
    seed: (n, clock) => ({ n, clock: daysAgo(-90), more: { created_at: clock } }),
  },
  {
    what: "events of Vectara",
    provider: vectara,
    policy: {},
    seed: (n, clock) => ({ n, clock }),
  },
  {
    what: "created_at of Vectara",
    provider: vectara,
    policy: CREATED,
    seed: (n, clock) => ({ n, clock: daysAgo(0), more: { created_at: clock } }),
  },
  {
    what: "created_at of Vectara, in place of events that there are none of",
    provider: vectara,
    policy: {},
    seed: (n, clock) => ({ n, clock: null, more: { created_at: clock, events: [] } }),
  },
];

describe.each(VARIANTS)("$what", ({ provider, policy, seed }) => {
  test("removes by a clock that can be read and is past its time, and by no other", async () => {
    await provider.seed(CLOCKS.map(([, clock], n) => seed(n, clock)));
    const { first, left_at_first: leftAtFirst, left } = await runCourse(provider, { policy });
    const named = new Map(CLOCKS.map(([what], n) => [provider.id(n), what]));
    const stays = CLOCKS.filter(([, , due]) => !due).map(([what]) => what);
    expect(new Set(leftAtFirst.map((id) => named.get(id)))).toEqual(new Set(stays));
    expect(left).toEqual(leftAtFirst);
    expect(first).toMatchObject({
      status: "completed",
      counts: { examined: CLOCKS.length, due: CLOCKS.length - stays.length },
      dispositions: { deleted: CLOCKS.length - stays.length },
    });
  });

  test("removes nothing a time too early", async () => {
    await provider.seed(JUST_LATER.map(([, clock], n) => seed(n, clock)));
    const { first, left_at_first: leftAtFirst, left } = await runCourse(provider, { policy });
    expect(first.counts).toMatchObject({ examined: JUST_LATER.length, due: 0, planned: 0 });
    expect(leftAtFirst).toHaveLength(JUST_LATER.length);
    expect(left).toEqual([]);
  });
});

describe("two clocks", () => {
  test("an unreadable one leaves the other to decide", async () => {
    const expire = [
      { clock: "expires_at", after: "P30D" },
      { clock: "created_at", after: "P1Y" },
    ];
    await seam.seed([
      { n: 1, clock: "soon", more: { created_at: daysAgo(400) } },
      { n: 2, clock: "soon", more: { created_at: daysAgo(40) } },
      { n: 3, clock: daysAgo(40), more: { created_at: "once" } },
      { n: 4, clock: null, more: { created_at: null } },
    ]);
    const { first, left } = await runCourse(seam, { policy: { expire } });
    expect(first).toMatchObject({ counts: { due: 2 }, dispositions: { deleted: 2 } });
    expect(left).toEqual([seam.id(2), seam.id(4)]);
  });

  test("an age that cannot be read is no minimum age", async () => {
    const policy = { keep: { min_age: "P10D" } };
    await seam.seed([
      { n: 1, clock: daysAgo(40), more: { created_at: daysAgo(50) } },
      { n: 2, clock: daysAgo(40), more: { created_at: "1970-01-01T00:00:00Z" } },
      { n: 3, clock: daysAgo(40), more: { created_at: daysAgo(-50) } },
      { n: 4, clock: daysAgo(40), more: { created_at: undefined } },
    ]);
    const { first, left } = await runCourse(seam, { policy });
    expect(first.counts).toMatchObject({ due: 1, kept: 3 });
    expect(left).toEqual([2, 3, 4].map((n) => seam.id(n)));
  });
});
