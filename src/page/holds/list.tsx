import type { HoldReport } from "../../core/report/hold.ts";
import { may, type PageContext } from "../context.ts";
import { listPage } from "../frame/list.tsx";
import { Prose } from "../frame/prose.tsx";
import { Table } from "../frame/table.tsx";
import { Status, Time } from "../frame/values.tsx";
import { PlaceForm } from "./place.tsx";
import { groundWords, matchWords, targetWords } from "./target_words.ts";

/** All holds, the newest first, and the form that places one. */
export function showHolds(c: PageContext) {
  const mayWrite = may(c, "holds:write");
  return listPage<HoldReport>(c, {
    title: "Holds",
    path: "/holds",
    table: (holds, now) => (
      <Table
        label="Table of holds"
        heads={["Binds", "Status", "Why", "Owner", "Review", "Placed", "Release"]}
        rows={holds.map((hold) => (
          <Row hold={hold} now={now} mayRelease={mayWrite} />
        ))}
      />
    ),
    after: mayWrite ? <PlaceForm c={c} /> : null,
  });
}

interface RowProps {
  readonly hold: HoldReport;
  readonly now: number;
  readonly mayRelease: boolean;
}

function Row({ hold, now, mayRelease }: RowProps) {
  return (
    <tr>
      <th scope="row">
        <a href={`/holds/${hold.id}`}>{targetWords(hold.selector)}</a>
        <p class="small">{matchWords(hold.matches)}</p>
        {hold.reference === null ? null : <p class="small">{hold.reference}</p>}
        {hold.warnings.map(({ message }) => (
          <p class="small">
            <Prose of={message} />
          </p>
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
        <Time at={hold.placed_at} now={now} /> by {hold.placed_by}
      </td>
      <td>
        {hold.status === "in_force" && mayRelease ? (
          <a href={`/holds/${hold.id}/release`}>Release</a>
        ) : (
          <span class="soft">{hold.released_by === null ? "" : `by ${hold.released_by}`}</span>
        )}
      </td>
    </tr>
  );
}
