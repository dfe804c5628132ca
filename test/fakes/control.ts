import { CallLog } from "./calls.ts";
import type { EffectRule, FaultRule, RuleBook } from "./faults.ts";
import type { FakeDefinition } from "./server.ts";
import { isObject, jsonAnswer, type FakeAnswer, type FakeRequest } from "./wire.ts";

/** What a reset can be limited to. */
export type ResetPart = "state" | "calls" | "faults" | "options";

/** The insides that the control routes steer. */
export interface Controlled {
  definition: FakeDefinition;
  rules: RuleBook;
  log: CallLog;
  options: object;
  configure(patch: object): void;
  reset(parts?: readonly ResetPart[]): void;
}

const PARTS: readonly string[] = ["state", "calls", "faults", "options"];

function isPart(value: unknown): value is ResetPart {
  return typeof value === "string" && PARTS.includes(value);
}

function bodyOf(request: FakeRequest): Record<string, unknown> {
  const body: unknown = request.text === "" ? {} : JSON.parse(request.text);
  if (!isObject(body)) {
    throw new Error("the body must be a JSON object");
  }
  return body;
}

function listOf(body: Record<string, unknown>, key: string): unknown[] {
  const value = body[key] ?? [];
  if (!Array.isArray(value)) {
    throw new Error(`${key} must be an array`);
  }
  return value;
}

function resetParts(body: Record<string, unknown>): readonly ResetPart[] | undefined {
  if (body["parts"] === undefined) {
    return undefined;
  }
  const parts = listOf(body, "parts").filter(isPart);
  if (parts.length !== listOf(body, "parts").length) {
    throw new Error(`parts: ${PARTS.join(", ")}`);
  }
  return parts;
}

function showCalls(log: CallLog, query: URLSearchParams): unknown {
  const calls = log.find(query);
  const counts = { total: calls.length, in_flight: log.inFlight, peak_in_flight: log.peak };
  if (query.has("summary")) {
    return { ...counts, summary: CallLog.summary(calls) };
  }
  return { ...counts, calls };
}

function perform(request: FakeRequest, fake: Controlled): unknown {
  switch (`${request.method} ${request.path}`) {
    case "POST /_fake/reset":
      fake.reset(resetParts(bodyOf(request)));
      return { ok: true };
    case "POST /_fake/seed":
      return fake.definition.seed(bodyOf(request));
    case "POST /_fake/faults": {
      const body = bodyOf(request);
      if (body["clear"] === true) {
        fake.rules.clear();
      }
      // The rule book checks kinds and effects itself, so a wrong rule is a 400 here.
      fake.rules.add(
        listOf(body, "faults") as FaultRule[],
        listOf(body, "effects") as EffectRule[],
      );
      return fake.rules.report();
    }
    case "GET /_fake/faults":
      return fake.rules.report();
    case "POST /_fake/options":
      fake.configure(bodyOf(request));
      return fake.options;
    case "GET /_fake/state":
      return fake.definition.state(request.query);
    case "GET /_fake/calls":
      return showCalls(fake.log, request.query);
    default:
      return undefined;
  }
}

/** Answers `/_fake/…`: needs no key, is not logged, not counted and never delayed. */
export function answerControl(request: FakeRequest, fake: Controlled): FakeAnswer {
  try {
    const result = perform(request, fake);
    if (result === undefined) {
      return jsonAnswer(404, { error: "no such control route" });
    }
    return jsonAnswer(200, result);
  } catch (error) {
    return jsonAnswer(400, { error: error instanceof Error ? error.message : String(error) });
  }
}
