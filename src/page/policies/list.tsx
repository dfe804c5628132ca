import type { z } from "@hono/zod-openapi";
import { mayDo } from "../../api/http/auth.ts";
import type { PolicyEntry } from "../../api/policies/policies.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { Pager } from "../frame/pager.tsx";
import { Scroll } from "../frame/scroll.tsx";
import { Status } from "../frame/values.tsx";
import { Prose } from "../frame/prose.tsx";
import { clauseWords } from "../../core/policy/clause_words.ts";
import { NewPolicy } from "./edit.tsx";

interface PoliciesPage {
  readonly data: readonly Readonly<z.output<typeof PolicyEntry>>[];
  readonly next_cursor: string | null;
}

/** All policies in the order of their ids, and the form that writes a new one. */
export async function showPolicies(c: PageContext) {
  const cursor = c.req.query("cursor");
  const query = new URLSearchParams({ limit: "50", ...(cursor === undefined ? {} : { cursor }) });
  const answer = await c.get("api").get<PoliciesPage>(`/v1/policies?${query.toString()}`);
  return pageOf(c, "Policies", answer, ({ data, next_cursor: next }) => (
    <>
      <PolicyTable policies={data} />
      <Pager path="/policies" query={{}} next={next} />
      {mayDo(c.get("signed_in").key, "policies:write") ? <NewPolicy c={c} /> : null}
    </>
  ));
}

function PolicyTable({ policies }: { readonly policies: PoliciesPage["data"] }) {
  return policies.length === 0 ? (
    <p class="soft">There are none: nothing is removed.</p>
  ) : (
    <Scroll label="Table of policies">
      <table>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">Mode</th>
            <th scope="col">Source</th>
            <th scope="col">Removed</th>
          </tr>
        </thead>
        <tbody>
          {policies.map(({ id, policy, errors }) => (
            <tr>
              <th scope="row">
                <a href={`/policies/${id}`}>{id}</a>
              </th>
              <td>
                <Status of={policy?.mode ?? "invalid"} />
              </td>
              <td>{policy?.source ?? ""}</td>
              <td>
                {policy?.expire.map((clause) => (
                  <p>
                    <Prose of={clauseWords(clause)} />
                  </p>
                ))}
                {errors.map(({ field, message }) => (
                  <p>
                    <code>{field}</code>: {message}
                  </p>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
