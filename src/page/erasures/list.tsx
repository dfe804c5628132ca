import { ERASURE_STATUSES, type ErasureReport } from "../../core/report/erasure.ts";
import { may, type PageContext } from "../context.ts";
import type { Filter } from "../frame/filter.tsx";
import { listPage } from "../frame/list.tsx";
import { ErasureTable } from "./erasure_table.tsx";
import { RequestForm } from "./request.tsx";

const FILTERS: readonly Filter[] = [
  { name: "status", label: "Status", choices: ERASURE_STATUSES },
  { name: "open", label: "Not ended", type: "checkbox" },
  { name: "late", label: "Late", type: "checkbox" },
  { name: "reference", label: "Your own name" },
];

/** All erasures, the newest first, or those that are asked for, and the form that asks for one. */
export function showErasures(c: PageContext) {
  return listPage<ErasureReport>(c, {
    title: "Erasures",
    path: "/erasures",
    filters: FILTERS,
    before: (
      <>
        {may(c, "erasures:write") ? <RequestForm c={c} /> : null}
        <h2>Requests</h2>
      </>
    ),
    table: (erasures, now) => <ErasureTable erasures={erasures} now={now} />,
  });
}
