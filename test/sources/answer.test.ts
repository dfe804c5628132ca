import { describe, expect, it } from "vitest";
import { faultOfStatus, parseJson, THROTTLE_MS } from "../../src/sources/answer.ts";

const NOW = Date.parse("2026-01-01T00:00:00Z");
const fault = (status: number, headers: Record<string, string> = {}): unknown =>
  faultOfStatus(status, new Headers(headers), NOW, "agent");

describe("what a status means", () => {
  it("is nothing wrong for 2xx alone", () => {
    expect([200, 201, 204].map((status) => fault(status))).toEqual([null, null, null]);
  });

  it.each([
    [304, "invalid"],
    [307, "invalid"],
    [400, "invalid"],
    [401, "unauthorized"],
    [403, "forbidden"],
    [404, "invalid"],
    [408, "unavailable"],
    [425, "unavailable"],
    [500, "unavailable"],
    [503, "unavailable"],
    [599, "unavailable"],
  ])("%i is %s", (status, kind) => {
    expect(fault(status)).toMatchObject({ kind });
  });

  it("closes the scope that was asked about with 403", () => {
    expect(fault(403)).toMatchObject({ scope: "agent" });
  });

  it("stops the source until Retry-After, in seconds or as a date", () => {
    expect(fault(429, { "retry-after": "7" })).toMatchObject({ until: NOW + 7000 });
    expect(fault(429, { "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" })).toMatchObject({
      kind: "throttled",
      until: NOW + 60_000,
    });
    expect(fault(503, { "retry-after": "7" })).toMatchObject({
      kind: "throttled",
      until: NOW + 7000,
    });
  });

  it("stops the source for a while without a readable Retry-After", () => {
    expect(fault(429)).toMatchObject({ kind: "throttled", until: NOW + THROTTLE_MS });
    expect(fault(429, { "retry-after": "soon" })).toMatchObject({ until: NOW + THROTTLE_MS });
  });
});

describe("a body as JSON", () => {
  const parse = (text: string): unknown => parseJson(new TextEncoder().encode(text));

  it("is read when it is JSON", () => {
    expect(parse('{"a":["}]",1]}')).toEqual({ a: ["}]", 1] });
  });

  it.each(["", "<html>", "{", '{"a":1}x', "\u0000"])("is undefined for %j", (text) => {
    expect(parse(text)).toBeUndefined();
  });

  it("is not read beyond 64 levels, nor when it is not UTF-8", () => {
    expect(parse("[".repeat(64) + "]".repeat(64))).toBeDefined();
    expect(parse("[".repeat(65) + "]".repeat(65))).toBeUndefined();
    expect(parseJson(new Uint8Array([0x22, 0xff, 0x22]))).toBeUndefined();
  });

  it("does not count brackets inside texts", () => {
    const text = JSON.stringify('["'.repeat(100));
    expect(parse(text)).toBe('["'.repeat(100));
  });
});
