import { describe, expect, test } from "vitest";
import { readBounded, readBytes } from "../../src/platform/bounded_body.ts";

const CHUNK = new Uint8Array(64 * 1024);
const MIB = 1024 * 1024;

/** A body of many chunks that counts what is read of it. */
function bodyOf(bytes: number) {
  const seen = { read: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (seen.read >= bytes) {
          controller.close();
          return;
        }
        seen.read += CHUNK.length;
        controller.enqueue(CHUNK);
      },
      cancel() {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

const readers = [
  [
    "of the store's routes and the import",
    async (body: ReadableStream<Uint8Array>) => readBytes(body, MIB),
  ],
  [
    "of the API",
    async (body: ReadableStream<Uint8Array>) => {
      const read = await readBounded({ body }, MIB);
      return read.ok ? read.value : null;
    },
  ],
  [
    "of the API, its length declared",
    async (body: ReadableStream<Uint8Array>) => {
      const headers = new Headers({ "content-length": String(8 * MIB) });
      const read = await readBounded({ body, headers }, MIB);
      return read.ok ? read.value : null;
    },
  ],
] as const;

describe.each(readers)("a body that is too large %s", (_, read) => {
  // The connection was reset before the 413 was seen: the sender was still sending.
  test("is heard out, so that its sender sees the answer", async () => {
    const { body, seen } = bodyOf(8 * MIB);
    expect(await read(body)).toBeNull();
    expect(seen).toEqual({ read: 8 * MIB, cancelled: false });
  });

  test("is not heard for ever", async () => {
    const { body, seen } = bodyOf(1024 * MIB);
    expect(await read(body)).toBeNull();
    expect(seen.cancelled).toBe(true);
    expect(seen.read).toBeLessThan(20 * MIB);
  });
});
