import { mayDo } from "../../api/http/auth.ts";
import type { SoughtSession } from "../../api/erasures/sessions.ts";
import { BLOCKER_MEANINGS } from "../../core/report/erasure_blocker.ts";
import type { ErasureReport } from "../../core/report/erasure.ts";
import type { Answer } from "../call.ts";
import type { PageContext } from "../context.ts";
import { Pager } from "../frame/pager.tsx";
import { Prose } from "../frame/prose.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Figure, Status } from "../frame/values.tsx";

interface SoughtPage {
  readonly data: readonly SoughtSession[];
  readonly next_cursor: string | null;
}

/** A page of the sessions of a plan that waits to be looked at; null: there is none, or the key may not see it. */
export async function readSought(
  c: PageContext,
  erasure: Answer<ErasureReport>,
): Promise<Answer<SoughtPage> | null> {
  const status = erasure.ok ? erasure.value.status : "";
  if (!erasure.ok || !WITH_PLAN.has(status) || !mayDo(c.get("signed_in").key, "sessions:read")) {
    return null;
  }
  const cursor = c.req.query("cursor");
  const query = { limit: "100", ...(cursor === undefined ? {} : { cursor }) };
  const asked = new URLSearchParams(query).toString();
  return c.get("api").get(`/v1/erasures/${encodeURIComponent(erasure.value.id)}/sessions?${asked}`);
}

const WITH_PLAN: ReadonlySet<string> = new Set(["observed", "needs_approval"]);

/** The sessions of a plan, and why each matched. */
export function Sought({ id, plan }: { readonly id: string; readonly plan: Answer<SoughtPage> }) {
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">The sessions, and why each is among them</h2>
      {!plan.ok ? (
        <ProblemNote problem={plan.problem} />
      ) : plan.value.data.length === 0 ? (
        <p class="soft">There are none.</p>
      ) : (
        <>
          <Rows sessions={plan.value.data} />
          <Pager path={`/erasures/${id}`} query={{}} next={plan.value.next_cursor} />
        </>
      )}
    </section>
  );
}

function Rows({ sessions }: { readonly sessions: readonly SoughtSession[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">Source</th>
            <th scope="col">Why</th>
            <th scope="col">What becomes of it</th>
          </tr>
        </thead>
        <tbody>
          {sessions.map((one) => (
            <tr>
              <th scope="row">
                <code>{one.id}</code> <span class="soft">in {one.scope}</span>
              </th>
              <td>{one.source}</td>
              <td>
                {one.child_of === null ? (
                  `matches by ${one.matched_by.join(", ")}`
                ) : (
                  <>
                    was made by <code>{one.child_of.id}</code> in {one.child_of.scope}
                  </>
                )}
              </td>
              <td>
                {one.disposition === null ? "to be removed" : <Status of={one.disposition} />}
                {one.held_by === null ? null : (
                  <>
                    {" "}
                    by <a href={`/holds/${one.held_by}`}>{one.held_by}</a>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What stands against an erasure that was looked at first. */
export function Blockers({ of }: { readonly of: NonNullable<ErasureReport["blockers"]> }) {
  return (
    <section class="note warn" aria-labelledby="blockers">
      <h2 id="blockers">What stands against it</h2>
      {of.length === 0 ? (
        <p>Nothing: the erasure would remove all that was found.</p>
      ) : (
        <ul>
          {of.map(({ code, source, sessions }) => (
            <li>
              <Status of={code} />{" "}
              {sessions === null ? null : (
                <>
                  <Figure of={sessions} />{" "}
                </>
              )}
              {source === null ? null : `in ${source}: `}
              <Prose of={BLOCKER_MEANINGS[code]} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
