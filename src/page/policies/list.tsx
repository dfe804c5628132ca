import { mayDo } from "../../api/http/auth.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { queryOf, readList } from "../frame/list.ts";
import { Pager } from "../frame/pager.tsx";
import { NewPolicy } from "./edit.tsx";
import { PolicyTable, type PoliciesPage } from "./policy_table.tsx";

/** All policies in the order of their ids, and the form that writes a new one. */
export async function showPolicies(c: PageContext) {
  const answer = await readList<PoliciesPage["data"][number]>(c, "/v1/policies", queryOf(c, []));
  return pageOf(c, "Policies", answer, ({ data, next_cursor: next }) => (
    <>
      <section id="list" data-live>
        <PolicyTable policies={data} now={c.get("deps").now()} />
      </section>
      <Pager path="/policies" query={{}} next={next} />
      {mayDo(c.get("signed_in").key, "policies:write") ? <NewPolicy c={c} /> : null}
    </>
  ));
}
