import { inject } from "vitest";
import type { ResetPart } from "../fakes/control.ts";
import type { EffectRule, FaultRule } from "../fakes/faults.ts";

/** One call as a fake saw it. */
export interface SeenCall {
  readonly method: string;
  readonly path: string;
  readonly search: string;
  readonly route: string;
  readonly id: string | null;
  readonly status: number | null;
  readonly fault: string | null;
  readonly credential: boolean;
  readonly body: string;
}

/** A fake steered from inside workerd, over its control routes. */
export interface FakeClient {
  readonly url: string;
  seed(seed: object): Promise<Record<string, unknown>>;
  faults(...rules: FaultRule[]): Promise<void>;
  /** From here on no rule of faults or effects is in force. */
  clearFaults(): Promise<void>;
  effects(...rules: EffectRule[]): Promise<void>;
  configure(options: object): Promise<void>;
  /** The fake's state; what `query` may ask is the fake's own. */
  state(query?: Record<string, string>): Promise<Record<string, unknown>>;
  calls(query?: Record<string, string>): Promise<SeenCall[]>;
  /** Back to how it was started, or these parts of it. */
  reset(parts?: readonly ResetPart[]): Promise<void>;
}

/** Starts a fake of its own for a test or a test file: no other file's faults can reach it. */
export async function startFake(name: "seam" | "vectara"): Promise<FakeClient> {
  const response = await fetch(`${inject("fakes").factory}/${name}`, { method: "POST" });
  const url = await response.text();
  if (!response.ok) {
    throw new Error(`the ${name} fake did not start: ${url}`);
  }
  const control = async (path: string, body?: object): Promise<Record<string, unknown>> => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const answer = await fetch(`${url}/_fake/${path}`, init);
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`the ${name} fake refused ${path}: ${text}`);
    }
    return JSON.parse(text) as Record<string, unknown>;
  };
  const ask = (path: string, query: Record<string, string>): Promise<Record<string, unknown>> =>
    control(`${path}?${new URLSearchParams(query).toString()}`);
  return {
    url,
    seed: (seed) => control("seed", seed),
    faults: async (...faults) => void (await control("faults", { faults })),
    clearFaults: async () => void (await control("faults", { clear: true })),
    effects: async (...effects) => void (await control("faults", { effects })),
    configure: async (options) => void (await control("options", options)),
    state: (query = {}) => ask("state", query),
    calls: async (query = {}) => (await ask("calls", query))["calls"] as SeenCall[],
    reset: async (parts) => void (await control("reset", { parts })),
  };
}
