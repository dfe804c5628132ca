import type { ErasureReport } from "../../core/report/erasure.ts";
import { Table } from "../frame/table.tsx";
import { Status, Time } from "../frame/values.tsx";

interface ErasureTableProps {
  readonly erasures: readonly ErasureReport[];
  readonly now: number;
}

/** Erasures, a row each, with the date by which each must have ended. */
export function ErasureTable({ erasures, now }: ErasureTableProps) {
  return (
    <Table
      label="Table of erasures"
      heads={["Erasure", "Status", "Asked for", "Due", "Ended", "Under"]}
      rows={erasures.map(({ id, dry_run: isDryRun, ...erasure }) => (
        <tr>
          <th scope="row">
            <a href={`/erasures/${id}`}>{erasure.reference ?? id}</a>
            {isDryRun ? <span class="soft"> dry run</span> : null}
          </th>
          <td>
            <Status of={erasure.status} />
          </td>
          {[erasure.requested_at, erasure.due_at, erasure.finished_at].map((at) => (
            <td>
              <Time at={at} now={now} none="not yet" />
            </td>
          ))}
          <td>{erasure.regulation ?? ""}</td>
        </tr>
      ))}
    />
  );
}
