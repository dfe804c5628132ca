import { type Result, err, ok } from "../core/values/result.ts";

/** The most that is read of a body in vain, in bytes. */
const DRAIN_MAX_BYTES = 16 * 1024 * 1024;

/** Reads a whole body; null when it is longer than `max` bytes, of which no more is kept. */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  max: number,
): Promise<Uint8Array | null> {
  if (body === null) {
    return new Uint8Array();
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > max) {
      await drain(reader);
      return null;
    }
    parts.push(next.value);
  }
  return Buffer.concat(parts);
}

/**
 * Reads on and keeps nothing: a caller that is still sending when the connection closes never sees the
 * answer that says why.
 */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  let length = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    if (length > DRAIN_MAX_BYTES) {
      return reader.cancel();
    }
  }
}

/** Bytes as UTF-8 text; null when they are not UTF-8. A byte order mark goes, unless it is part of the text. */
export function decodeUtf8(bytes: Uint8Array, keepMark = false): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: keepMark }).decode(bytes);
  } catch {
    return null;
  }
}

/** Reads a body or a stored value as text, and keeps nothing of it once it is over its bound. */
export async function readBounded(
  from: { readonly body: ReadableStream<Uint8Array> | null; readonly headers?: Headers },
  max: number,
): Promise<Result<string, "too_large" | "not_utf8">> {
  if (Number(from.headers?.get("content-length") ?? 0) > max) {
    await (from.body === null ? undefined : drain(from.body.getReader()));
    return err("too_large");
  }
  const bytes = await readBytes(from.body, max);
  if (bytes === null) {
    return err("too_large");
  }
  const text = decodeUtf8(bytes, true);
  return text === null ? err("not_utf8") : ok(text);
}
