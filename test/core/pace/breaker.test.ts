import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  admit,
  CLOSED,
  LONGEST_REST_MS,
  OPENS_AT,
  sawFailure,
  sawLife,
  SHARE_OPENS_AT,
  SILENCE_MS,
  type Breaker,
} from "../../../src/core/pace/breaker.ts";

const NOW = Date.UTC(2026, 10, 22, 7, 0, 0);

/** Fails one call after another, each sent a while after the last, and waits out each rest. */
function failing(calls: number, from = NOW): { breaker: Breaker; now: number; sent: number[] } {
  let breaker = CLOSED;
  let now = from;
  const sent: number[] = [];
  for (let call = 0; call < calls; call++) {
    const admission = admit(breaker, now);
    if (admission.kind === "rest") {
      now = admission.until;
      call -= 1;
      continue;
    }
    sent.push(now);
    breaker = sawFailure(admission.breaker, { sent_at: now, again: false }, now + 10);
    now += 20;
  }
  return { breaker, now, sent };
}

describe("the breaker", () => {
  test("opens after faults in a row, and each probe that fails doubles the rest up to a minute", () => {
    expect(failing(OPENS_AT - 1).breaker.state).toBe("closed");
    const { breaker, sent } = failing(OPENS_AT + 7);
    expect(breaker.state).toBe("open");
    const pauses = sent.slice(1).map((at, index) => at - (sent[index] ?? 0));
    expect(pauses).toEqual([
      ...Array.from({ length: OPENS_AT - 1 }, () => 20),
      2010,
      4010,
      8010,
      16_010,
      32_010,
      60_010,
      60_010,
    ]);
  });

  test("lets one probe through, and an answer closes it for good", () => {
    const { breaker } = failing(OPENS_AT);
    const probe = admit(breaker, breaker.until);
    expect(probe).toMatchObject({ kind: "go", breaker: { state: "half_open" } });
    const half = probe.kind === "go" ? probe.breaker : CLOSED;
    expect(admit(half, breaker.until + 1).kind).toBe("rest");
    expect(admit(half, half.until).kind).toBe("go");
    expect(sawLife(half)).toEqual(CLOSED);
  });

  test("takes calls that fail together for one fault", () => {
    let breaker = CLOSED;
    for (let call = 0; call < 2 * (OPENS_AT - 1); call++) {
      const round = NOW + Math.floor(call / 2) * 600;
      breaker = sawFailure(breaker, { sent_at: round, again: false }, round + 500);
    }
    expect(breaker).toMatchObject({ state: "closed", faults: OPENS_AT - 1 });
  });

  test("opens when nine of the last ten calls failed, whoever failed before", () => {
    let breaker = CLOSED;
    for (let call = 1; call < SHARE_OPENS_AT; call++) {
      breaker = sawFailure(breaker, { sent_at: NOW, again: true }, NOW + 300);
    }
    expect(breaker.state).toBe("closed");
    const one = sawFailure(breaker, { sent_at: NOW, again: true }, NOW + 300);
    expect(one.state).toBe("open");
    const answered = sawFailure(sawLife(breaker), { sent_at: NOW, again: true }, NOW + 300);
    expect(answered.state).toBe("open");
    const twice = sawFailure(sawLife(sawLife(breaker)), { sent_at: NOW, again: true }, NOW + 300);
    expect(twice.state).toBe("closed");
  });

  test("opens when nothing was answered for two seconds, and not for one call that hung", () => {
    const fail = (breaker: Breaker, at: number): Breaker =>
      sawFailure(breaker, { sent_at: at - 20, again: true }, NOW + at);
    const hung = sawFailure(CLOSED, { sent_at: NOW - 30_000, again: false }, NOW);
    expect(hung.state).toBe("closed");
    const two = fail(fail(CLOSED, 0), SILENCE_MS);
    expect(two.state).toBe("closed");
    expect(fail(two, SILENCE_MS + 1).state).toBe("open");
    expect(fail(sawLife(two), SILENCE_MS + 1).state).toBe("closed");
    expect(fail(fail(fail(CLOSED, 0), 10), SILENCE_MS - 1).state).toBe("closed");
  });

  test("is never opened by one session that always fails while others answer", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 100 }),
        fc.integer({ min: 1, max: 5 }),
        (pauses, others) => {
          let breaker = CLOSED;
          let now = NOW;
          for (const [call, pause] of pauses.entries()) {
            now += pause;
            breaker = sawFailure(breaker, { sent_at: now - pause, again: call > 0 }, now);
            expect(breaker.state).toBe("closed");
            for (let other = 0; other < others; other++) {
              breaker = sawLife(breaker);
            }
          }
        },
      ),
    );
  });

  test("counts rounds anew after any answer", () => {
    expect(sawLife(failing(OPENS_AT - 1).breaker)).toMatchObject({ faults: 0, state: "closed" });
  });

  test("stays open when an answer to a call from before comes late", () => {
    const { breaker } = failing(OPENS_AT);
    expect(sawLife(breaker)).toBe(breaker);
  });

  test("keeps no rest that a clock ahead has written", () => {
    const { breaker } = failing(OPENS_AT, NOW + 400 * 86_400_000);
    expect(admit(breaker, NOW).kind).toBe("go");
  });

  test("never lets a source rest for longer than a minute, whatever comes in whatever order", () => {
    const events = fc.array(
      fc.record({
        pause: fc.integer({ min: -100_000, max: 100_000 }),
        took: fc.integer({ min: 0, max: 30_000 }),
        outcome: fc.constantFrom("life", "failure", "again"),
      }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(events, (all) => {
        let breaker = CLOSED;
        let now = NOW;
        for (const { pause, took, outcome } of all) {
          now += pause;
          const admission = admit(breaker, now);
          const rest = admission.kind === "rest" ? admission.until - now : 1;
          expect(rest).toBeGreaterThan(0);
          expect(rest).toBeLessThanOrEqual(LONGEST_REST_MS);
          if (admission.kind === "rest") {
            continue;
          }
          breaker =
            outcome === "life"
              ? sawLife(admission.breaker)
              : sawFailure(
                  admission.breaker,
                  { sent_at: now, again: outcome === "again" },
                  now + took,
                );
        }
      }),
    );
  });
});
