import { mayDo } from "../../api/http/auth.ts";
import { ERASURE_STATUSES, type ErasureReport } from "../../core/report/erasure.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { Pager } from "../frame/pager.tsx";
import { Scroll } from "../frame/scroll.tsx";
import { Status, Time } from "../frame/values.tsx";
import { RequestForm } from "./request.tsx";

/** All erasures, the newest first, or those of one status, and the form that asks for one. */
export async function showErasures(c: PageContext) {
  const query = Object.fromEntries(
    ["status", "cursor"].flatMap((name) => {
      const value = c.req.query(name) ?? "";
      return value === "" ? [] : [[name, value]];
    }),
  );
  const path = `/v1/erasures?${new URLSearchParams({ ...query, limit: "50" }).toString()}`;
  const answer = await c
    .get("api")
    .get<{ data: readonly ErasureReport[]; next_cursor: string | null }>(path);
  return pageOf(c, "Erasures", answer, ({ data, next_cursor: next }) => (
    <>
      {mayDo(c.get("signed_in").key, "erasures:write") ? <RequestForm c={c} /> : null}
      <h2>Requests</h2>
      <form method="get" class="inline">
        <label for="status">Status</label>
        <select id="status" name="status">
          <option value="">all</option>
          {ERASURE_STATUSES.map((status) => (
            <option value={status} selected={status === query["status"]}>
              {status.replaceAll("_", " ")}
            </option>
          ))}
        </select>
        <button type="submit">Show</button>
      </form>
      <section id="list" data-live>
        <ErasureTable erasures={data} now={c.get("deps").now()} />
      </section>
      <Pager path="/erasures" query={query} next={next} />
    </>
  ));
}

function ErasureTable({
  erasures,
  now,
}: {
  readonly erasures: readonly ErasureReport[];
  readonly now: number;
}) {
  return erasures.length === 0 ? (
    <p class="soft">There are none.</p>
  ) : (
    <Scroll label="Table of erasures">
      <table>
        <thead>
          <tr>
            <th scope="col">Erasure</th>
            <th scope="col">Status</th>
            <th scope="col">Asked for</th>
            <th scope="col">Ended</th>
            <th scope="col">Under</th>
          </tr>
        </thead>
        <tbody>
          {erasures.map(
            ({
              id,
              reference,
              status,
              dry_run: isDryRun,
              requested_at: asked,
              finished_at: ended,
              regulation,
            }) => (
              <tr>
                <th scope="row">
                  <a href={`/erasures/${id}`}>{reference ?? id}</a>
                  {isDryRun ? <span class="soft"> dry run</span> : null}
                </th>
                <td>
                  <Status of={status} />
                </td>
                <td>
                  <Time at={asked} now={now} />
                </td>
                <td>
                  {ended === null ? (
                    <span class="soft">not yet</span>
                  ) : (
                    <Time at={ended} now={now} />
                  )}
                </td>
                <td>{regulation ?? ""}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </Scroll>
  );
}
