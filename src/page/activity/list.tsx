import { ACTIVITY_KINDS, type Activity } from "../../core/report/activity.ts";
import { STOP_REASON_MEANINGS } from "../../core/report/stop_reason.ts";
import { spelled } from "../../core/values/words.ts";
import type { PageContext } from "../context.ts";
import { SPAN_FILTERS } from "../frame/filter.tsx";
import { listPage } from "../frame/list.tsx";
import { Table } from "../frame/table.tsx";
import { Time } from "../frame/values.tsx";

const FILTERS = [
  { name: "actor", label: "Who" },
  { name: "kind", label: "Did what", choices: ACTIVITY_KINDS },
  { name: "object", label: "Id or name" },
  ...SPAN_FILTERS,
];

/** Who did what, the newest first, or what of it is asked for. */
export function showActivity(c: PageContext) {
  return listPage<Activity>(c, {
    title: "Activity",
    path: "/activity",
    filters: FILTERS,
    table: (entries, now) => (
      <Table
        label="Table of activity"
        heads={["When", "Who", "What", "Of"]}
        rows={entries.map((entry) => (
          <Row entry={entry} now={now} />
        ))}
        none="There is none."
      />
    ),
  });
}

function Row({ entry, now }: { readonly entry: Activity; readonly now: number }) {
  const { at, actor, kind, object, code } = entry;
  return (
    <tr>
      <td>
        <Time at={at} now={now} />
      </td>
      <td>{actor ?? <span class="soft">nobody known</span>}</td>
      <td>
        {spelled(kind)}
        {code === null ? null : <p class="small">{codeWords(code)}</p>}
      </td>
      <td>
        <Target object={object} />
      </td>
    </tr>
  );
}

/** The pages of what has a page of its own. */
const PAGES = { sweep: "sweeps", erasure: "erasures", policy: "policies", hold: "holds" } as const;

/** What it was done to, with the way to its page. */
function Target({ object: { kind, id } }: Pick<Activity, "object">) {
  return kind === "source" ? (
    <>{id === "*" ? "all sources" : id}</>
  ) : (
    <a href={`/${PAGES[kind]}/${encodeURIComponent(id)}`}>{id}</a>
  );
}

function codeWords(code: NonNullable<Activity["code"]>): string {
  switch (code) {
    case "conflict":
      return "The identifiers contradict each other, or an id names two sessions.";
    case "kv":
      return "Directly in KV.";
    default:
      return STOP_REASON_MEANINGS[code];
  }
}
