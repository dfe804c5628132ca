import { atMost } from "../../platform/deadline.ts";
import { writeLog, describeThrown } from "../../platform/log.ts";
import type { Outbox } from "../tables/outbox.ts";

/** How long the Registrar may take to enter news. */
const ANSWER_MS = 10000;

/** What was not acknowledged is taken again after this long, in milliseconds. */
const AGAIN_MS = 5000;

/** Takes the news to the Registrar: null when all is acknowledged, else how long to wait for the rest. */
export async function deliverNews(
  outbox: Outbox,
  env: Env,
  source: string,
): Promise<number | null> {
  try {
    for (;;) {
      const rows = outbox.pending(source);
      if (rows.length === 0) {
        return null;
      }
      await atMost(ANSWER_MS, env.REGISTRAR.getByName("registrar").deliver(rows));
      for (const row of rows) {
        outbox.delivered(row);
      }
    }
  } catch (cause) {
    writeLog("error", "custodian.deliver.failed", { source, ...describeThrown(cause) });
    return AGAIN_MS;
  }
}
