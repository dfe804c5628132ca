import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** A request as the fakes see it: read to its end, query and path apart. */
export interface FakeRequest {
  method: string;
  path: string;
  search: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  text: string;
}

/** What a fake answers. A body that is not a string is written chunk by chunk. */
export interface FakeAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Iterable<string>;
}

/** How an answer is put on the wire, when not simply whole. */
export interface SendManner {
  chunk_delay_ms?: number;
  cut?: { bytes?: number; clean: boolean };
}

/** What was really sent, kept in the call log. */
export interface SendReport {
  status: number | null;
  bytes: number;
  max_buffered: number;
}

const STREAM_CUT_BYTES = 4096;
const BODY_LIMIT = 256 * 1024 * 1024;

/** True for a JSON object: not null, not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An answer with a JSON body. */
export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): FakeAnswer {
  const type = { "content-type": "application/json; charset=utf-8" };
  return { status, headers: { ...type, ...headers }, body: JSON.stringify(body) };
}

/** An answer with a plain text body. */
export function textAnswer(status: number, body: string): FakeAnswer {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}

/** Reads a request to its end. */
export async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const url = new URL(incoming.url ?? "/", "http://fake.invalid");
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of incoming) {
    const bytes = Buffer.from(part as Uint8Array);
    length += bytes.length;
    if (length > BODY_LIMIT) {
      throw new Error("request body too large");
    }
    parts.push(bytes);
  }
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    search: url.search,
    query: url.searchParams,
    headers: incoming.headers,
    text: Buffer.concat(parts).toString("utf8"),
  };
}

/** Runs `after` when the last chunk has been made but before it is handed out. */
export function* runAtEnd(body: Iterable<string>, after: () => void): Generator<string> {
  let held: string | undefined;
  let done = false;
  try {
    for (const chunk of body) {
      if (held !== undefined) {
        yield held;
      }
      held = chunk;
    }
    done = true;
    after();
    if (held !== undefined) {
      yield held;
    }
  } finally {
    if (!done) {
      after();
    }
  }
}

/** Resolves when the bytes went to the kernel, so that memory stays flat behind a slow reader. */
function write(response: ServerResponse, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    response.once("close", resolve);
    response.write(piece, () => {
      response.off("close", resolve);
      resolve();
    });
  });
}

/** Ends a connection with no further byte, as a crashed proxy would. */
export function resetConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Sends an answer with backpressure, in the given manner, and notes what was sent. */
export async function sendAnswer(
  response: ServerResponse,
  answer: FakeAnswer,
  report: SendReport,
  manner: SendManner = {},
): Promise<void> {
  if (response.destroyed) {
    return;
  }
  const body = answer.body ?? "";
  const length = typeof body === "string" ? Buffer.byteLength(body) : undefined;
  const headers: Record<string, string> = { ...answer.headers };
  // A clean cut must look complete to HTTP, so it cannot announce the full length.
  if (length !== undefined && answer.status !== 204 && manner.cut?.clean !== true) {
    headers["content-length"] = String(length);
  }
  response.writeHead(answer.status, headers);
  report.status = answer.status;
  let left = Infinity;
  if (manner.cut !== undefined) {
    left = manner.cut.bytes ?? (length === undefined ? STREAM_CUT_BYTES : Math.floor(length / 2));
  }
  for (const chunk of typeof body === "string" ? [body] : body) {
    if (response.destroyed || left <= 0) {
      break;
    }
    const piece = Buffer.from(chunk).subarray(0, left);
    left -= piece.length;
    if (piece.length === 0) {
      continue;
    }
    const sent = write(response, piece);
    report.max_buffered = Math.max(report.max_buffered, response.writableLength);
    await sent;
    report.bytes += piece.length;
    if (manner.chunk_delay_ms !== undefined) {
      await sleep(manner.chunk_delay_ms);
    }
  }
  if (response.destroyed) {
    return;
  }
  if (manner.cut !== undefined && !manner.cut.clean) {
    response.flushHeaders();
    await sleep(1);
    response.socket?.destroy();
    return;
  }
  response.end();
}
