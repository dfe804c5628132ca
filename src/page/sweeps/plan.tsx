import { mayDo } from "../../api/http/auth.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import type { PageContext } from "../context.ts";
import { Form } from "../frame/form.tsx";
import type { Answer } from "../call.ts";
import { pageOf } from "../frame/answer.tsx";
import { Pager } from "../frame/pager.tsx";
import { clauseWords } from "../../core/policy/clause_words.ts";
import { Prose } from "../frame/prose.tsx";
import { Scroll } from "../frame/scroll.tsx";
import { Status, Time } from "../frame/values.tsx";
import type { PlannedSession } from "../../api/sweeps/sessions.ts";

export interface PlanPage {
  readonly data: readonly PlannedSession[];
  readonly next_cursor: string | null;
}

/** A page of a sweep's plan, the longest overdue first. */
export function readPlan(
  c: PageContext,
  id: string,
  query: Readonly<Record<string, string>>,
): Promise<Answer<PlanPage>> {
  const asked = new URLSearchParams(query).toString();
  return c.get("api").get(`/v1/sweeps/${encodeURIComponent(id)}/sessions?${asked}`);
}

/** The sessions of a plan and why each is in it. */
export async function showPlan(c: PageContext) {
  const id = c.req.param("id") ?? "";
  const cursor = c.req.query("cursor");
  const sweep = await c.get("api").get<SweepReport>(`/v1/sweeps/${encodeURIComponent(id)}`);
  const answer = await readPlan(c, id, {
    limit: "100",
    ...(cursor === undefined ? {} : { cursor }),
  });
  return pageOf(c, "The plan of a sweep", answer, ({ data, next_cursor: next }) => (
    <>
      <p>
        <a href={`/sweeps/${id}`}>Back to the sweep</a>
      </p>
      {sweep.ok ? <Planned c={c} sessions={data} sweep={sweep.value} /> : null}
      <Pager path={`/sweeps/${id}/plan`} query={{}} next={next} />
    </>
  ));
}

interface PlannedProps {
  readonly c: PageContext;
  readonly sessions: readonly PlannedSession[];
  readonly sweep: Pick<SweepReport, "source" | "by_clause">;
}

/** Sessions of a plan, a row each. One that must stay is held: then the plan passes it over. */
export function Planned({ c, sessions, sweep }: PlannedProps) {
  const { key, form_token: token } = c.get("signed_in");
  const mayHold = mayDo(key, "holds:write");
  const now = c.get("deps").now();
  return (
    <Scroll label="Table of planned sessions">
      <table>
        <thead>
          <tr>
            <th scope="col">Session</th>
            <th scope="col">Fell due</th>
            <th scope="col">Why</th>
            <th scope="col">What became of it</th>
          </tr>
        </thead>
        <tbody>
          {sessions.map(({ scope, id, due_at: due, clause, clock, disposition }) => (
            <tr>
              <th scope="row">
                <code>{id}</code> <span class="soft">in {scope}</span>
              </th>
              <td>
                <Time at={due} now={now} />
              </td>
              <td>
                <Prose of={whyOf(sweep, clause, clock)} />
              </td>
              <td>
                {disposition !== null ? (
                  <Status of={disposition} />
                ) : mayHold ? (
                  <Form action="/holds/prepare" token={token}>
                    <input type="hidden" name="source" value={sweep.source} />
                    <input type="hidden" name="scope" value={scope} />
                    <input type="hidden" name="id" value={id} />
                    <button type="submit">Leave it out</button>
                  </Form>
                ) : (
                  <span class="soft">nothing yet</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** The clause that made a session due, in words; a sweep that has not told its clauses yet names the clock. */
function whyOf({ by_clause: clauses }: PlannedProps["sweep"], place: number, clock: string) {
  const clause = clauses[place];
  return clause === undefined ? `by its \`${clock}\`` : clauseWords(clause);
}
