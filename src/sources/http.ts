import { err, ok, type Result } from "../core/values/result.ts";
import { faultOfStatus, parseJson } from "./answer.ts";
import { invalid, type Fault } from "./fault.ts";
import type { Turn } from "./source.ts";

/** How long one exchange may take, and how much it may say. Milliseconds and bytes. */
export interface HttpLimits {
  /** Until the status line and the headers are here. */
  readonly headers_ms: number;
  /** Between two pieces of the body. */
  readonly idle_ms: number;
  /** From the request to the last byte. */
  readonly total_ms: number;
  /** The whole body, after decompression. */
  readonly body_bytes: number;
}

/** For everything but a stream: well inside the 90 s after which another slice may begin. */
export const CALL_LIMITS: HttpLimits = {
  headers_ms: 20_000,
  idle_ms: 10_000,
  total_ms: 30_000,
  body_bytes: 1_048_576,
};

/** What one exchange needs: the right to ask, the clock that `Retry-After` counts from, and limits. */
export interface Wire {
  readonly turn: Turn;
  readonly now: () => number;
  readonly limits: HttpLimits;
}

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What a 403 closes, where the provider's permissions end at less than the whole source; null: all of it. */
  readonly scope?: string | null;
}

/** An answer whose status was seen; its body may be unusable. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** What the status means, or null when it is 2xx. */
  readonly fault: Fault | null;
  /** The body; undefined when it is not JSON, not UTF-8, too deep, too large or broken off. */
  readonly json: unknown;
  /** Bytes of the body that were read. */
  readonly bytes: number;
  /** Why the body is not whole; null when its end was seen. */
  readonly broken: Fault | null;
}

/** Why no status was seen. `sent` is false only when the request surely did not go out. */
export interface Miss {
  readonly fault: Fault;
  readonly sent: boolean;
}

/** Reads the body of a 2xx piece by piece, whatever its size, instead of all of it at once. */
export interface BodyReader {
  /** A fault ends the reading. */
  take(part: Uint8Array): Fault | null;
  /** What was read of it, as if it had been the whole body; or what is wrong with it. */
  end(): Result<unknown, Fault>;
}

/**
 * One exchange, its body read to the end within the limits; none, where the request cannot be made. Never throws for what came over the network.
 * Only a `reader` may be given more than `limits.body_bytes`, and only of a 2xx.
 */
export async function call(
  { turn, now, limits }: Wire,
  request: Result<HttpRequest, Fault>,
  reader: BodyReader | null = null,
): Promise<Result<Answer, Miss>> {
  if (!request.ok) {
    return err({ fault: request.error, sent: false });
  }
  const { method, url, headers: sent, body, scope = null } = request.value;
  const abort = new AbortController();
  let isOver = false;
  let isRead = false;
  let failed = true;
  const total = setTimeout(() => {
    isOver = true;
    abort.abort();
  }, limits.total_ms);
  // A read that a cache answered would show a session as it was.
  const init: RequestInit = {
    method,
    headers: { ...sent },
    redirect: "manual",
    cache: "no-store",
    signal: abort.signal,
  };
  try {
    const asked = turn.fetch(url, body === undefined ? init : { ...init, body });
    const outcome = await within(limits.headers_ms, asked);
    if (outcome === LATE) {
      void asked.then(
        (late) => (late.ok ? late.value.body?.cancel().catch(ignore) : undefined),
        ignore,
      );
      return err({ fault: unavailable(`no answer within ${limits.headers_ms} ms`), sent: true });
    }
    if (outcome === LOST) {
      return err({ fault: unavailable("the connection failed before an answer"), sent: true });
    }
    if (!outcome.ok) {
      const { kind } = outcome.error;
      failed = kind === "unavailable";
      return err({ fault: outcome.error, sent: kind !== "exhausted" && kind !== "throttled" });
    }
    const { status, headers, body: answered } = outcome.value;
    const fault = faultOfStatus(status, headers, now(), scope);
    failed = fault?.kind === "unavailable";
    const whole = fault === null && reader !== null ? reader : readerOfWhole(limits.body_bytes);
    let bytes = 0;
    const stopped = await read(
      answered,
      limits,
      () => isOver,
      (part) => {
        bytes += part.length;
        return whole.take(part);
      },
    );
    failed ||= stopped?.kind === "unavailable";
    const taken = stopped === null ? whole.end() : err(stopped);
    isRead = true;
    return ok({
      status,
      headers,
      fault,
      json: taken.ok ? taken.value : undefined,
      bytes,
      broken: taken.ok ? null : taken.error,
    });
  } finally {
    clearTimeout(total);
    turn.ended(failed);
    // Whatever was given up, or thrown at, must not go on holding a connection.
    if (!isRead) {
      abort.abort();
    }
  }
}

/**
 * One exchange whose 2xx body is handed over piece by piece, without keeping it. A fault from `take`
 * ends it. Ok means that the end of the body was seen; another status than 2xx is its fault.
 */
export async function stream(
  wire: Wire,
  request: Result<HttpRequest, Fault>,
  take: BodyReader["take"],
): Promise<Result<void, Fault>> {
  const asked = await call(wire, request, { take, end: () => ok(undefined) });
  const fault = asked.ok ? (asked.value.fault ?? asked.value.broken) : asked.error.fault;
  return fault === null ? ok(undefined) : err(fault);
}

/** Keeps a body, up to so many bytes, and parses it at its end. */
function readerOfWhole(most: number): BodyReader {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  return {
    take: (part) => {
      bytes += part.length;
      parts.push(part);
      return bytes > most ? invalid(`the answer is larger than ${most} bytes`) : null;
    },
    end: () => ok(parseJson(Buffer.concat(parts))),
  };
}

const LATE = Symbol("late");
const LOST = Symbol("lost");

/** Hands over a body piece by piece; null when its end was seen. A body given up is cancelled. */
async function read(
  body: ReadableStream<Uint8Array> | null,
  limits: HttpLimits,
  isOver: () => boolean,
  take: BodyReader["take"],
): Promise<Fault | null> {
  if (body === null) {
    return null;
  }
  const reader = body.getReader();
  for (;;) {
    const step = await within(limits.idle_ms, reader.read());
    let fault: Fault | null = null;
    if (isOver()) {
      fault = unavailable(`the answer took longer than ${limits.total_ms} ms`);
    } else if (step === LATE) {
      fault = unavailable(`the answer stopped for ${limits.idle_ms} ms`);
    } else if (step === LOST) {
      fault = unavailable("the connection failed in the middle of the answer");
    } else if (step.done) {
      return null;
    } else {
      fault = take(step.value);
    }
    if (fault !== null) {
      void reader.cancel().catch(ignore);
      return fault;
    }
  }
}

/** Waits for a promise, and no longer than this: it went wrong (LOST), or is not there yet (LATE). */
function within<T>(ms: number, promise: Promise<T>): Promise<T | typeof LATE | typeof LOST> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(LATE), ms);
    const settle = (value: T | typeof LOST): void => {
      clearTimeout(timer);
      resolve(value);
    };
    // The reason is not kept: the runtime's message may hold the URL.
    promise.then(settle, () => settle(LOST));
  });
}

/** For what has been given up already: how it ends changes nothing. */
function ignore(): void {}

function unavailable(detail: string): Fault {
  return { kind: "unavailable", detail };
}
