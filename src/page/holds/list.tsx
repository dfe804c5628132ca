import { mayDo } from "../../api/http/auth.ts";
import type { HoldReport } from "../../core/report/hold.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { queryOf, readList } from "../frame/list.ts";
import { Pager } from "../frame/pager.tsx";
import { Scroll } from "../frame/scroll.tsx";
import { Status, Time } from "../frame/values.tsx";
import { PlaceForm } from "./place.tsx";
import { groundWords, matchWords, targetWords } from "./target_words.ts";

/** All holds, the newest first, and the form that places one. */
export async function showHolds(c: PageContext) {
  const answer = await readList<HoldReport>(c, "/v1/holds", queryOf(c, []));
  const mayWrite = mayDo(c.get("signed_in").key, "holds:write");
  return pageOf(c, "Holds", answer, ({ data, next_cursor: next }) => (
    <>
      <HoldTable holds={data} now={c.get("deps").now()} mayRelease={mayWrite} />
      <Pager path="/holds" query={{}} next={next} />
      {mayWrite ? <PlaceForm c={c} /> : null}
    </>
  ));
}

interface TableProps {
  readonly holds: readonly HoldReport[];
  readonly now: number;
  readonly mayRelease: boolean;
}

function HoldTable({ holds, now, mayRelease }: TableProps) {
  return holds.length === 0 ? (
    <p class="soft">There are none.</p>
  ) : (
    <Scroll label="Table of holds">
      <table>
        <thead>
          <tr>
            <th scope="col">Binds</th>
            <th scope="col">Status</th>
            <th scope="col">Why</th>
            <th scope="col">Owner</th>
            <th scope="col">Review</th>
            <th scope="col">Placed</th>
            <th scope="col">Release</th>
          </tr>
        </thead>
        <tbody>
          {holds.map((hold) => (
            <tr>
              <th scope="row">
                <a href={`/holds/${hold.id}`}>{targetWords(hold.selector)}</a>
                <p class="small">{matchWords(hold.matches)}</p>
                {hold.reference === null ? null : <p class="small">{hold.reference}</p>}
                {hold.warnings.map(({ message }) => (
                  <p class="small">{message}</p>
                ))}
              </th>
              <td>
                <Status of={hold.status} />
              </td>
              <td>{groundWords(hold.ground)}</td>
              <td>{hold.owner}</td>
              <td>
                <Time at={hold.review_at} now={now} />
                {hold.review_due ? <strong> due</strong> : null}
              </td>
              <td>
                <Time at={hold.placed_at} now={now} />, {hold.placed_by}
              </td>
              <td>
                {hold.status === "in_force" && mayRelease ? (
                  <a href={`/holds/${hold.id}/release`}>Release</a>
                ) : (
                  <span class="soft">{hold.released_by ?? ""}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
