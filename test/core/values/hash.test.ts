import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import {
  deriveKeyring,
  equalSecrets,
  hmacSha256,
  sha256,
  type Purpose,
} from "../../../src/core/values/hash.ts";

const SECRET = "a secret for tests, of more than 32 characters";
const PURPOSES: readonly Purpose[] = [
  "token",
  "seal",
  "credential",
  "session",
  "body",
  "subject",
  "cursor",
];
const ring = deriveKeyring(SECRET);
const other = deriveKeyring(`${SECRET}.`);

/** Text as UTF-8 can carry it. */
const text = fc.string({ unit: "grapheme" });
const nonce = fc.uint8Array({ minLength: 12, maxLength: 12 });

describe("plain hashes", () => {
  it("are those of the standards", () => {
    expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    // RFC 4231, test case 2.
    expect(
      Buffer.from(hmacSha256(Buffer.from("Jefe"), "what do ya want for nothing?")).toString("hex"),
    ).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  it("compare secrets by the whole text", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(equalSecrets(a, b)).toBe(a === b);
        expect(equalSecrets(a, a)).toBe(true);
        expect(equalSecrets(a, `${a}x`)).toBe(false);
      }),
    );
  });
});

describe("keyed hashes", () => {
  it("name their key", () => {
    for (const purpose of PURPOSES) {
      expect(ring.hash(purpose, "x")).toMatch(new RegExp(`^${ring.key_id}:[0-9a-f]{64}$`));
    }
    expect(ring.key_id).toMatch(/^[0-9a-f]{8}$/);
    expect(other.key_id).not.toBe(ring.key_id);
  });

  it("are the same for the same text, and another for each purpose, text and secret", () => {
    expect(deriveKeyring(SECRET).hash("token", "x")).toBe(ring.hash("token", "x"));
    const all = PURPOSES.flatMap((purpose) =>
      ["", "x", "y", "X", "x "].flatMap((one) => [
        ring.hash(purpose, one),
        other.hash(purpose, one),
      ]),
    );
    expect(new Set(all).size).toBe(all.length);
    expect(new Set(all.map((hash) => hash.slice(9))).size).toBe(all.length);
  });

  it("do not show the secret or the plain hash of the text", () => {
    expect(ring.hash("token", "x")).not.toContain(sha256("x"));
    expect(ring.key_id).not.toBe(sha256(SECRET).slice(0, 8));
  });
});

describe("seals", () => {
  it("open to what was sealed, in the same context", () => {
    fc.assert(
      fc.property(text, text, nonce, (plain, context, bytes) => {
        const sealed = ring.seal(plain, context, bytes);
        expect(ring.open(sealed, context)).toBe(plain);
        expect(deriveKeyring(SECRET).open(sealed, context)).toBe(plain);
        expect(sealed.startsWith(`${ring.key_id}:`)).toBe(true);
      }),
    );
  });

  it("stay shut in another context, or under another secret", () => {
    fc.assert(
      fc.property(text, text, text, nonce, (plain, context, wrong, bytes) => {
        const sealed = ring.seal(plain, context, bytes);
        expect(ring.open(sealed, `${context}${wrong}x`)).toBeNull();
        expect(other.open(sealed, context)).toBeNull();
        expect(other.open(sealed.replace(ring.key_id, other.key_id), context)).toBeNull();
      }),
    );
  });

  it("stay shut after any change of any character", () => {
    const character = fc.constantFrom(..."ABCxyz019+/=-_: \n!".split(""));
    fc.assert(
      fc.property(
        text,
        nonce,
        fc.nat(),
        character,
        fc.boolean(),
        (plain, bytes, place, wrong, isInserted) => {
          const sealed = ring.seal(plain, "context", bytes);
          const at = place % (sealed.length + 1);
          const changed = sealed.slice(0, at) + wrong + sealed.slice(isInserted ? at : at + 1);
          fc.pre(changed !== sealed);
          expect(ring.open(changed, "context")).toBeNull();
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("stay shut when cut off", () => {
    const sealed = ring.seal("a session token", "context", new Uint8Array(12));
    for (let length = 0; length < sealed.length; length++) {
      expect(ring.open(sealed.slice(0, length), "context")).toBeNull();
    }
  });

  test.each(["", ":", "::", `${ring.key_id}:`, ring.key_id, `${ring.key_id}:AAAA`, "null"])(
    "%j is no seal",
    (sealed) => {
      expect(ring.open(sealed, "context")).toBeNull();
    },
  );

  it("regression: what follows the seal is not passed over", () => {
    const sealed = ring.seal("x", "context", new Uint8Array(12));
    for (const tail of [":", ":more", "=", "!", " ", "\n"]) {
      expect(ring.open(`${sealed}${tail}`, "context")).toBeNull();
    }
  });

  test.each([0, 11, 13, 16])(
    "are not made with a nonce of %d bytes, which would never open",
    (length) => {
      expect(() => ring.seal("x", "context", new Uint8Array(length))).toThrow(
        "a nonce is 12 bytes",
      );
    },
  );

  it("do not repeat the text, and differ by nonce", () => {
    const one = ring.seal("jane_doe", "context", new Uint8Array(12).fill(1));
    expect(one).not.toBe(ring.seal("jane_doe", "context", new Uint8Array(12).fill(2)));
    expect(Buffer.from(one.split(":")[1] ?? "", "base64").includes("jane_doe")).toBe(false);
  });
});
