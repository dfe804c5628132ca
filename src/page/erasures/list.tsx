import { mayDo } from "../../api/http/auth.ts";
import { ERASURE_STATUSES, type ErasureReport } from "../../core/report/erasure.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { queryOf, readList } from "../frame/list.ts";
import { Pager } from "../frame/pager.tsx";
import { ErasureTable } from "./erasure_table.tsx";
import { RequestForm } from "./request.tsx";

const FILTERS = ["status", "open", "late", "reference"] as const;

/** All erasures, the newest first, or those that are asked for, and the form that asks for one. */
export async function showErasures(c: PageContext) {
  const query = queryOf(c, FILTERS);
  const answer = await readList<ErasureReport>(c, "/v1/erasures", query);
  return pageOf(c, "Erasures", answer, ({ data, next_cursor: next }) => (
    <>
      {mayDo(c.get("signed_in").key, "erasures:write") ? <RequestForm c={c} /> : null}
      <h2>Requests</h2>
      <FilterForm query={query} />
      <section id="list" data-live>
        <ErasureTable erasures={data} now={c.get("deps").now()} />
      </section>
      <Pager path="/erasures" query={query} next={next} />
    </>
  ));
}

function FilterForm({ query }: { readonly query: Readonly<Record<string, string>> }) {
  return (
    <form method="get" class="inline">
      <label for="status">Status</label>
      <select id="status" name="status">
        <option value="">all</option>
        {ERASURE_STATUSES.map((status) => (
          <option value={status} selected={status === query["status"]}>
            {status.replaceAll("_", " ")}
          </option>
        ))}
      </select>
      <Only name="open" label="Not ended" query={query} />
      <Only name="late" label="Late" query={query} />
      <label for="named">Your own name</label>
      <input id="named" name="reference" value={query["reference"] ?? ""} autocomplete="off" />
      <button type="submit">Show</button>
    </form>
  );
}

interface OnlyProps {
  readonly name: (typeof FILTERS)[number];
  readonly label: string;
  readonly query: Readonly<Record<string, string>>;
}

function Only({ name, label, query }: OnlyProps) {
  const isAsked = query[name] === "true";
  return (
    <>
      <label for={name}>{label}</label>
      <input id={name} name={name} type="checkbox" value="true" checked={isAsked} />
    </>
  );
}
