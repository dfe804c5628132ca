import type { SweepReport } from "../../core/report/sweep.ts";
import { Figures, Table } from "../frame/table.tsx";
import { Figure, Status, Time } from "../frame/values.tsx";

interface SweepTableProps {
  readonly sweeps: readonly SweepReport[];
  readonly now: number;
}

/** Sweeps, a row each: what each found and removed. */
export function SweepTable({ sweeps, now }: SweepTableProps) {
  return (
    <Table
      label="Table of sweeps"
      heads={["Sweep of", "Status", "Began", "Source", { figures: "Due" }, { figures: "Deleted" }]}
      rows={sweeps.map(({ folded, ...sweep }) => (
        <tr>
          <th scope="row">
            <a href={`/sweeps/${sweep.id}`}>{sweep.policy}</a>
            {sweep.trigger === "preview" ? <span class="soft"> preview</span> : null}
            {folded === null ? null : (
              <span class="soft">
                {" "}
                <Figure of={folded.ticks} /> ticks
              </span>
            )}
          </th>
          <td>
            <Status of={sweep.status} />
          </td>
          <td>
            <Time at={sweep.created_at} now={now} />
          </td>
          <td>{sweep.source}</td>
          <Figures of={[sweep.counts.due, sweep.dispositions.deleted ?? 0]} />
        </tr>
      ))}
    />
  );
}
