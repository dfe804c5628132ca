import { may, type PageContext } from "../context.ts";
import { listPage } from "../frame/list.tsx";
import { NewPolicy } from "./edit.tsx";
import { PolicyTable, type Entry } from "./policy_table.tsx";

/** All policies in the order of their ids, and the form that writes a new one. */
export function showPolicies(c: PageContext) {
  return listPage<Entry>(c, {
    title: "Policies",
    path: "/policies",
    table: (policies, now) => <PolicyTable policies={policies} now={now} />,
    after: may(c, "policies:write") ? <NewPolicy c={c} /> : null,
  });
}
