import type { SweepReport } from "../../core/report/sweep.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { Pager } from "../frame/pager.tsx";
import { SweepTable } from "./sweep_table.tsx";

/** All sweeps, the newest first; `?policy=` those of one policy. */
export async function showSweeps(c: PageContext) {
  const query = Object.fromEntries(
    ["policy", "cursor"].flatMap((name) => {
      const value = c.req.query(name) ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
  const path = `/v1/sweeps?${new URLSearchParams({ ...query, limit: "50" }).toString()}`;
  const answer = await c
    .get("api")
    .get<{ data: readonly SweepReport[]; next_cursor: string | null }>(path);
  return pageOf(c, "Sweeps", answer, ({ data, next_cursor: next }) => (
    <>
      <form method="get" class="inline">
        <label for="policy">Policy</label>
        <input id="policy" name="policy" value={query["policy"] ?? ""} />
        <button type="submit">Show</button>
      </form>
      <section id="list" data-live>
        <SweepTable sweeps={data} now={c.get("deps").now()} />
      </section>
      <Pager path="/sweeps" query={query} next={next} />
    </>
  ));
}
