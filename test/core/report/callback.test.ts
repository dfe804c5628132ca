import fc from "fast-check";
import { expect, test } from "vitest";
import { Webhook } from "standardwebhooks";
import { callbackHeaders, pauseAfter } from "../../../src/core/report/callback.ts";
import { keyOfSecret } from "../../../src/core/values/standard_webhooks.ts";

test("whatever is sent, the official package verifies it by the secret, and by no other", () => {
  const secret = fc
    .uint8Array({ minLength: 16, maxLength: 64 })
    .map((bytes) => `whsec_${Buffer.from(bytes).toString("base64")}`);
  fc.assert(
    fc.property(secret, secret, fc.json(), (one, other, body) => {
      fc.pre(one !== other);
      const headers = callbackHeaders(
        [keyOfSecret(one) ?? new Uint8Array()],
        "msg_1",
        body,
        Date.now(),
      );
      expect(new Webhook(one).verify(body, headers)).toEqual(JSON.parse(body));
      expect(() => new Webhook(other).verify(body, headers)).toThrow("No matching signature");
      expect(() => new Webhook(one).verify(`${body} `, headers)).toThrow("No matching signature");
    }),
  );
});

test("pauses grow from seconds to hours, and differ from receiver to receiver", () => {
  expect([1, 2, 3, 4, 5].map((tries) => pauseAfter(tries, 0))).toEqual([
    5000, 20_000, 80_000, 320_000, 1_280_000,
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (tries, r) => {
        const pause = pauseAfter(tries, r);
        expect(pause).toBeGreaterThanOrEqual(4000);
        expect(pause).toBeLessThanOrEqual(6 * 3_600_000);
      },
    ),
  );
});
