import { describeThrown, writeLog } from "../log.ts";
import { platform } from "../runtime.ts";
import type { Guards } from "./guards.ts";

/** The Registrar's word is waited for so long. */
const CONFIRM_MS = 10_000;

/** Asks the Registrar whether the copy of holds and switch is its newest; without its word nothing goes. */
export async function confirmGuards(guards: Guards, env: Env, source: string): Promise<boolean> {
  try {
    const { version, stamp } = guards.copy;
    const answer = await Promise.race([
      env.REGISTRAR.getByName("registrar").guards({ version, stamp }),
      platform.sleep(CONFIRM_MS),
    ]);
    if (answer !== undefined) {
      return guards.confirm(answer);
    }
    writeLog("error", "custodian.guards.unconfirmed", { source, error: "no answer in time" });
  } catch (cause) {
    writeLog("error", "custodian.guards.unconfirmed", { source, ...describeThrown(cause) });
  }
  return false;
}
