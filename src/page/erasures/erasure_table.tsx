import type { ErasureReport } from "../../core/report/erasure.ts";
import { Scroll } from "../frame/scroll.tsx";
import { Status, Time } from "../frame/values.tsx";

/** Erasures, a row each, with the date by which each must have ended. */
export function ErasureTable({
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
            <th scope="col">Due</th>
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
              due_at: due,
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
                  <Time at={due} now={now} />
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
