import type { ServerResponse } from "node:http";

import type { FakeRequest, SendReport } from "./wire.ts";

/** One call as it was seen; times are epoch milliseconds with a fraction. */
export interface CallRecord extends SendReport {
  n: number;
  method: string;
  path: string;
  /** With its question mark, or empty. */
  search: string;
  /** The path with ids replaced by `:agent` and `:session`. */
  route: string;
  id: string | null;
  /** Null when no answer was sent. */
  status: number | null;
  started_at: number;
  ended_at: number | null;
  fault: string | null;
  /** Whether any credential header came with it. */
  credential: boolean;
  /** The first 1,000 characters of the request body. */
  body: string;
}

const BODY_KEPT = 1000;

function clock(): number {
  return performance.timeOrigin + performance.now();
}

/** Every call since the last reset, and how many were under way at once. */
export class CallLog {
  inFlight = 0;
  peak = 0;
  #calls: CallRecord[] = [];

  /** Opens a record; it ends when the response closes, however that comes about. */
  open(method: string, response: ServerResponse): CallRecord {
    const record: CallRecord = {
      n: this.#calls.length + 1,
      method,
      path: "",
      search: "",
      route: "",
      id: null,
      status: null,
      started_at: clock(),
      ended_at: null,
      fault: null,
      credential: false,
      body: "",
      bytes: 0,
      max_buffered: 0,
    };
    this.#calls.push(record);
    this.inFlight += 1;
    this.peak = Math.max(this.peak, this.inFlight);
    response.once("close", () => {
      this.inFlight -= 1;
      record.ended_at = clock();
    });
    return record;
  }

  /** Fills in what is known once the request has been read. */
  describe(
    record: CallRecord,
    request: FakeRequest,
    described: { route: string; id: string | undefined },
  ): void {
    record.path = request.path;
    record.search = request.search;
    record.route = described.route;
    record.id = described.id ?? null;
    record.body = request.text.slice(0, BODY_KEPT);
    const { authorization, "x-api-key": apiKey } = request.headers;
    record.credential = authorization !== undefined || apiKey !== undefined;
  }

  all(): CallRecord[] {
    return [...this.#calls];
  }

  /** The calls that fit `method`, `path` (prefix), `route`, `id` and `since` (after that n). */
  find(query: URLSearchParams): CallRecord[] {
    const since = Number(query.get("since") ?? 0);
    const wanted = (name: "method" | "route" | "id", call: CallRecord): boolean =>
      (query.get(name) ?? call[name]) === call[name];
    return this.#calls.filter(
      (call) =>
        call.n > since &&
        wanted("method", call) &&
        wanted("route", call) &&
        wanted("id", call) &&
        call.path.startsWith(query.get("path") ?? ""),
    );
  }

  /** Counts per "METHOD route status", the status `none` when there was no answer. */
  static summary(calls: readonly CallRecord[]): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const call of calls) {
      const key = `${call.method} ${call.route} ${call.status ?? "none"}`;
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  /** Forgets what is past; calls still under way stay counted as in flight. */
  clear(): void {
    this.#calls = [];
    this.peak = this.inFlight;
  }
}
