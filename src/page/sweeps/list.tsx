import { SWEEP_STATUSES, type SweepReport } from "../../core/report/sweep.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { queryOf, readList } from "../frame/list.ts";
import { Pager } from "../frame/pager.tsx";
import { SweepTable } from "./sweep_table.tsx";

const FILTERS = ["policy", "status", "since", "until", "removed"] as const;

/** All sweeps, the newest first, or those that are asked for. */
export async function showSweeps(c: PageContext) {
  const query = queryOf(c, FILTERS);
  const answer = await readList<SweepReport>(c, "/v1/sweeps", query);
  return pageOf(c, "Sweeps", answer, ({ data, next_cursor: next }) => (
    <>
      <FilterForm query={query} />
      <section id="list" data-live>
        <SweepTable sweeps={data} now={c.get("deps").now()} />
      </section>
      <Pager path="/sweeps" query={query} next={next} />
    </>
  ));
}

function FilterForm({ query }: { readonly query: Readonly<Record<string, string>> }) {
  return (
    <form method="get" class="inline">
      <label for="policy">Policy</label>
      <input id="policy" name="policy" value={query["policy"] ?? ""} />
      <label for="status">Status</label>
      <select id="status" name="status">
        <option value="">all</option>
        {SWEEP_STATUSES.map((status) => (
          <option value={status} selected={status === query["status"]}>
            {status.replaceAll("_", " ")}
          </option>
        ))}
      </select>
      <label for="since">From</label>
      <input id="since" name="since" type="date" value={query["since"] ?? ""} />
      <label for="until">To</label>
      <input id="until" name="until" type="date" value={query["until"] ?? ""} />
      <label for="removed">Removed something</label>
      <input
        id="removed"
        name="removed"
        type="checkbox"
        value="true"
        checked={query["removed"] === "true"}
      />
      <button type="submit">Show</button>
    </form>
  );
}
