import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { CallLog, type CallRecord } from "./calls.ts";
import { answerControl, type ResetPart } from "./control.ts";
import { deliver } from "./deliver.ts";
import { RuleBook, type Effect, type EffectRule, type FaultRule } from "./faults.ts";
import type { ListFaults } from "./lists.ts";
import {
  readRequest,
  runAtEnd,
  sendAnswer,
  textAnswer,
  type FakeAnswer,
  type FakeRequest,
} from "./wire.ts";

/** Options that every fake has; a provider adds its own. All can change while it runs. */
export interface HarnessOptions {
  /** Added to every call, before it is handled. */
  latency_ms: number;
  /** Every n-th call takes `ms` instead of `latency_ms`: a slow tail. */
  slow_every: { n: number; ms: number } | null;
  /** Calls over `per_second` get 429, with `retry_after` as the Retry-After header if given. */
  rate_limit: { per_second: number; retry_after?: string | number } | null;
  /** The fake's clock as an ISO time; null is the real one. */
  now: string | null;
  /** How lists lie about what is stored. */
  lists: ListFaults;
}

/** Nothing in the way. */
export const PLAIN_HARNESS: HarnessOptions = {
  latency_ms: 0,
  slow_every: null,
  rate_limit: null,
  now: null,
  lists: {},
};

/** What a provider's fake has to say for itself. */
export interface FakeDefinition {
  knownEffects: readonly string[];
  /** The route's template and the id of the session that the call is about. */
  describe(request: FakeRequest): { route: string; id: string | undefined };
  handle(request: FakeRequest): FakeAnswer;
  limited(headers: Record<string, string>): FakeAnswer;
  effect(effect: Effect, request: FakeRequest): void;
  seed(seed: Record<string, unknown>): Record<string, unknown>;
  state(query: URLSearchParams): unknown;
  clear(): void;
}

/** How a fake is started: `options` are complete, `seed` is what a reset returns to. */
export interface FakeStart<Options extends HarnessOptions> {
  port?: number | undefined;
  options: Options;
  seed?: Record<string, unknown> | undefined;
  build(options: Options): FakeDefinition;
}

/** A running fake. */
export interface FakeServer<Options extends HarnessOptions> {
  url: string;
  port: number;
  /** Ends every connection, hanging ones too. */
  close(): Promise<void>;
  calls(): CallRecord[];
  inFlight(): number;
  peakInFlight(): number;
  faults(...rules: FaultRule[]): void;
  effects(...rules: EffectRule[]): void;
  clearFaults(): void;
  rules(): { faults: unknown[]; effects: unknown[] };
  configure(patch: Partial<Options>): void;
  seed(seed: Record<string, unknown>): Record<string, unknown>;
  state(query?: Record<string, string>): unknown;
  /** Default: everything, back to how it was started. */
  reset(parts?: readonly ResetPart[]): void;
}

const SECOND_MS = 1000;

/** Says whether a call is over the limit; refused calls do not count against it. */
class RateLimiter {
  #accepted: number[] = [];

  refuses(perSecond: number): boolean {
    const now = performance.now();
    this.#accepted = this.#accepted.filter((at) => now - at < SECOND_MS);
    if (this.#accepted.length >= perSecond) {
      return true;
    }
    this.#accepted.push(now);
    return false;
  }
}

/** Starts a fake on 127.0.0.1. */
export async function startFake<Options extends HarnessOptions>(
  start: FakeStart<Options>,
): Promise<FakeServer<Options>> {
  const options = structuredClone(start.options);
  const definition = start.build(options);
  const rules = new RuleBook(definition.knownEffects);
  const log = new CallLog();
  let limiter = new RateLimiter();
  if (start.seed !== undefined) {
    definition.seed(structuredClone(start.seed));
  }

  function configure(patch: object): void {
    for (const key of Object.keys(patch)) {
      if (!(key in options)) {
        throw new Error(`unknown option: ${key}; known: ${Object.keys(options).join(", ")}`);
      }
    }
    Object.assign(options, structuredClone(patch));
    if ("rate_limit" in patch) {
      limiter = new RateLimiter();
    }
  }

  function reset(parts: readonly ResetPart[] = ["state", "calls", "faults", "options"]): void {
    if (parts.includes("options")) {
      configure(start.options);
    }
    if (parts.includes("faults")) {
      rules.clear();
    }
    if (parts.includes("calls")) {
      log.clear();
    }
    if (!parts.includes("state")) {
      return;
    }
    definition.clear();
    if (start.seed !== undefined) {
      definition.seed(structuredClone(start.seed));
    }
  }

  async function handleCall(request: FakeRequest, response: ServerResponse, record: CallRecord) {
    const limit = options.rate_limit;
    const refused = limit !== null && limiter.refuses(limit.per_second);
    const tail = options.slow_every;
    const delay = tail !== null && record.n % tail.n === 0 ? tail.ms : options.latency_ms;
    if (delay > 0) {
      await sleep(delay);
    }
    if (refused) {
      const after = limit.retry_after;
      const headers: Record<string, string> =
        after === undefined ? {} : { "retry-after": String(after) };
      return sendAnswer(response, definition.limited(headers), record);
    }
    const due = rules.due(request.method, request.path + request.search, record.id ?? undefined);
    record.fault = due.fault?.kind ?? null;
    for (const effect of due.before) {
      definition.effect(effect, request);
    }
    const runAfter = (): void => {
      for (const effect of due.after) {
        definition.effect(effect, request);
      }
    };
    const run = async (): Promise<FakeAnswer> => {
      const answer = definition.handle(request);
      // A streamed body reads the state while it is sent, so "after" must wait for its end.
      if (typeof answer.body === "object") {
        return { ...answer, body: runAtEnd(answer.body, runAfter) };
      }
      runAfter();
      return answer;
    };
    return deliver(response, due.fault, run, record);
  }

  async function accept(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (incoming.url?.startsWith("/_fake/") === true) {
      const request = await readRequest(incoming);
      const answer = answerControl(request, { definition, rules, log, options, configure, reset });
      return sendAnswer(response, answer, { status: null, bytes: 0, max_buffered: 0 });
    }
    const record = log.open(incoming.method ?? "GET", response);
    const request = await readRequest(incoming);
    log.describe(record, request, definition.describe(request));
    return handleCall(request, response, record);
  }

  const server = createServer((incoming, response) => {
    accept(incoming, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) {
        return void response.destroy();
      }
      const answer = textAnswer(500, `the fake itself failed: ${String(error)}`);
      return sendAnswer(response, answer, { status: null, bytes: 0, max_buffered: 0 });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(start.port ?? 0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    calls: () => log.all(),
    inFlight: () => log.inFlight,
    peakInFlight: () => log.peak,
    faults: (...added) => rules.add(added, []),
    effects: (...added) => rules.add([], added),
    clearFaults: () => rules.clear(),
    rules: () => rules.report(),
    configure,
    seed: (seed) => definition.seed(structuredClone(seed)),
    state: (query = {}) => definition.state(new URLSearchParams(query)),
    reset,
  };
}
