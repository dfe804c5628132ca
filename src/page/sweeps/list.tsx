import { SWEEP_STATUSES, type SweepReport } from "../../core/report/sweep.ts";
import type { PageContext } from "../context.ts";
import { SPAN_FILTERS, type Filter } from "../frame/filter.tsx";
import { listPage } from "../frame/list.tsx";
import { SweepTable } from "./sweep_table.tsx";

const FILTERS: readonly Filter[] = [
  { name: "policy", label: "Policy" },
  { name: "status", label: "Status", choices: SWEEP_STATUSES },
  ...SPAN_FILTERS,
  { name: "removed", label: "Removed something", type: "checkbox" },
];

/** All sweeps, the newest first, or those that are asked for. */
export function showSweeps(c: PageContext) {
  return listPage<SweepReport>(c, {
    title: "Sweeps",
    path: "/sweeps",
    filters: FILTERS,
    table: (sweeps, now) => <SweepTable sweeps={sweeps} now={now} />,
  });
}
