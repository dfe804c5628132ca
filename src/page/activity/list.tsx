import { ACTIVITY_KINDS, type Activity } from "../../core/report/activity.ts";
import { STOP_REASON_MEANINGS } from "../../core/report/stop_reason.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { queryOf, readList } from "../frame/list.ts";
import { Pager } from "../frame/pager.tsx";
import { Scroll } from "../frame/scroll.tsx";
import { Time } from "../frame/values.tsx";

const FILTERS = ["actor", "kind", "object", "since", "until"] as const;

/** Who did what, the newest first, or what of it is asked for. */
export async function showActivity(c: PageContext) {
  const query = queryOf(c, FILTERS);
  const answer = await readList<Activity>(c, "/v1/activity", query);
  return pageOf(c, "Activity", answer, ({ data, next_cursor: next }) => (
    <>
      <FilterForm query={query} />
      <section id="list" data-live>
        <ActivityTable entries={data} now={c.get("deps").now()} />
      </section>
      <Pager path="/activity" query={query} next={next} />
    </>
  ));
}

function FilterForm({ query }: { readonly query: Readonly<Record<string, string>> }) {
  return (
    <form method="get" class="inline">
      <label for="actor">Who</label>
      <input id="actor" name="actor" value={query["actor"] ?? ""} autocomplete="off" />
      <label for="kind">Did what</label>
      <select id="kind" name="kind">
        <option value="">anything</option>
        {ACTIVITY_KINDS.map((kind) => (
          <option value={kind} selected={kind === query["kind"]}>
            {words(kind)}
          </option>
        ))}
      </select>
      <label for="object">Id or name</label>
      <input id="object" name="object" value={query["object"] ?? ""} autocomplete="off" />
      <label for="since">From</label>
      <input id="since" name="since" type="date" value={query["since"] ?? ""} />
      <label for="until">To</label>
      <input id="until" name="until" type="date" value={query["until"] ?? ""} />
      <button type="submit">Show</button>
    </form>
  );
}

interface TableProps {
  readonly entries: readonly Activity[];
  readonly now: number;
}

function ActivityTable({ entries, now }: TableProps) {
  return entries.length === 0 ? (
    <p class="soft">There is none.</p>
  ) : (
    <Scroll label="Table of activity">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">What</th>
            <th scope="col">Of</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ at, actor, kind, object, code }) => (
            <tr>
              <td>
                <Time at={at} now={now} />
              </td>
              <td>{actor ?? <span class="soft">nobody known</span>}</td>
              <td>
                {words(kind)}
                {code === null ? null : <p class="small">{codeWords(code)}</p>}
              </td>
              <td>
                <Target object={object} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** What it was done to, with the way to its page. */
function Target({ object: { kind, id } }: Pick<Activity, "object">) {
  switch (kind) {
    case "sweep":
      return <a href={`/sweeps/${encodeURIComponent(id)}`}>{id}</a>;
    case "erasure":
      return <a href={`/erasures/${encodeURIComponent(id)}`}>{id}</a>;
    case "policy":
      return <a href={`/policies/${encodeURIComponent(id)}`}>{id}</a>;
    case "hold":
      return <>{id}</>;
    case "source":
      return <>{id === "*" ? "all sources" : id}</>;
  }
}

function words(kind: string): string {
  return kind.replace(".", " ");
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
