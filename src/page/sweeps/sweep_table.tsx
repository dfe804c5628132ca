import type { SweepReport } from "../../core/report/sweep.ts";
import { Scroll } from "../frame/scroll.tsx";
import { Figure, Status, Time } from "../frame/values.tsx";

/** Sweeps, a row each: what each found and removed. */
export function SweepTable({
  sweeps,
  now,
}: {
  readonly sweeps: readonly SweepReport[];
  readonly now: number;
}) {
  return sweeps.length === 0 ? (
    <p class="soft">There are none.</p>
  ) : (
    <Scroll label="Table of sweeps">
      <table>
        <thead>
          <tr>
            <th scope="col">Sweep of</th>
            <th scope="col">Status</th>
            <th scope="col">Began</th>
            <th scope="col">Source</th>
            <th scope="col" class="number">
              Due
            </th>
            <th scope="col" class="number">
              Deleted
            </th>
          </tr>
        </thead>
        <tbody>
          {sweeps.map(
            ({
              id,
              policy,
              status,
              trigger,
              folded,
              source,
              created_at: at,
              counts,
              dispositions,
            }) => (
              <tr>
                <th scope="row">
                  <a href={`/sweeps/${id}`}>{policy}</a>
                  {trigger === "preview" ? <span class="soft"> preview</span> : null}
                  {folded === null ? null : (
                    <span class="soft">
                      {" "}
                      <Figure of={folded.ticks} /> ticks
                    </span>
                  )}
                </th>
                <td>
                  <Status of={status} />
                </td>
                <td>
                  <Time at={at} now={now} />
                </td>
                <td>{source}</td>
                <td class="number">
                  <Figure of={counts.due} />
                </td>
                <td class="number">
                  <Figure of={dispositions.deleted ?? 0} />
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </Scroll>
  );
}
