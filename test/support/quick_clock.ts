import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";

const { now } = Date;
const later = setTimeout;

/**
 * Lets the engine's time run so many times as fast until `vi.restoreAllMocks` and `vi.unstubAllGlobals`: its
 * clock, its pauses and its alarms. What the fakes take, they take in our time.
 */
export async function quicken(times: number): Promise<void> {
  const from = now();
  vi.spyOn(Date, "now").mockImplementation(() => from + (now() - from) * times);
  vi.stubGlobal("setTimeout", (run: () => void, ms = 0) => later(run, ms / times));
  await runInDurableObject(env.REGISTRAR.getByName("registrar"), (_instance, { storage }) => {
    const kind = Object.getPrototypeOf(storage) as DurableObjectStorage;
    const { setAlarm } = kind;
    vi.spyOn(kind, "setAlarm").mockImplementation(function (this: DurableObjectStorage, at) {
      return setAlarm.call(this, from + (Number(at) - from) / times);
    });
  });
}
