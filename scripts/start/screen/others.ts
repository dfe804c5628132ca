import type { ErasureReport } from "../../../src/core/report/erasure.ts";
import type { HoldReport, PauseReport, SwitchReport } from "../../../src/core/report/hold.ts";
import { figure } from "../../../src/core/values/words.ts";
import { minute, unbroken } from "../../lethe/layout.ts";
import { endsBy, foundBy, removedOf } from "../../lethe/words.ts";
import { approveWith } from "./advice.ts";
import type { ApiClient } from "../client.ts";

const LIST_LIMIT = 100;

/**
 * Answers a look at what is not a sweep: erasures, holds and the switch. Each look shows what has changed
 * since the one before; the first, which erasures are under way and whether the switch is on.
 */
export function watchOthers(
  client: Pick<ApiClient, "get">,
  show: (line: string) => void,
): () => Promise<void> {
  const known = new Map<string, string>();
  let isFirst = true;
  const note = (key: string, line: string, isOld: boolean): void => {
    if (known.get(key) !== line) {
      known.set(key, line);
      if (!(isFirst && isOld)) {
        show(line);
      }
    }
  };
  const list = async <T>(path: string): Promise<readonly T[]> => {
    const page = (await client.get(`${path}?limit=${LIST_LIMIT}`)) as { data: readonly T[] };
    return page.data.toReversed();
  };
  return async () => {
    for (const erasure of await list<ErasureReport>("/v1/erasures")) {
      note(erasure.id, erasureLine(erasure), erasure.finished_at !== null);
    }
    for (const hold of await list<HoldReport>("/v1/holds")) {
      note(hold.id, `hold     ${hold.id}  ${hold.status}`, true);
    }
    const { all, sources } = (await client.get("/v1/switch")) as SwitchReport;
    const pauses = [["every source", all] as const, ...Object.entries(sources)].flatMap(
      ([name, pause]) => (pause === null ? [] : [pauseText(name, pause)]),
    );
    const line = pauses.length === 0 ? "off: removals go on" : pauses.join("; ");
    note("switch", `switch   ${line}`, pauses.length === 0);
    isFirst = false;
  };
}

/** One erasure in one line: how far it is, what went, and, if it waits for a person, what to do. */
function erasureLine(erasure: ErasureReport): string {
  const { id, status, error } = erasure;
  const gone = removedOf(endsBy(erasure));
  const counts = unbroken(`found ${figure(foundBy(erasure))}, removed ${figure(gone)}`);
  const remark = status === "needs_approval" ? approveWith(id) : (error?.message ?? "");
  return [`erasure  ${id}  ${status}`, counts, remark].filter((text) => text !== "").join("; ");
}

function pauseText(name: string, { until, by, reason }: PauseReport): string {
  return `${name} is paused ${until === null ? "until it is ended" : `until ${minute(until)}`}, by ${by}: ${reason}`;
}
