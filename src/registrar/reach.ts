import { readConfig } from "../config.ts";
import type { Command } from "../custodian/contract.ts";
import { describeThrown, writeLog } from "../log.ts";

/** Hands a command to a Custodian; false when it could not be reached. */
export async function sendCommand(env: Env, source: string, command: Command): Promise<boolean> {
  try {
    await env.CUSTODIAN.getByName(source).command(command);
    return true;
  } catch (cause) {
    writeLog("error", "registrar.command.failed", {
      source,
      command: command.do,
      ...describeThrown(cause),
    });
    return false;
  }
}

/** Lets every Custodian go on with whatever is due. */
export async function wakeAll(env: Env): Promise<void> {
  await Promise.all(
    [...readConfig(env).sources.keys()].map(async (source) => {
      try {
        await env.CUSTODIAN.getByName(source).wake();
      } catch (cause) {
        writeLog("error", "registrar.wake.failed", { source, ...describeThrown(cause) });
      }
    }),
  );
}
