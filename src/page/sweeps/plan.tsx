import type { PlannedSession } from "../../api/sweeps/sessions.ts";
import { clauseWords } from "../../core/policy/clause_words.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import { may, type PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { Form } from "../frame/form.tsx";
import { Pager, queryOf, readList } from "../frame/list.tsx";
import { Prose } from "../frame/prose.tsx";
import { SessionHead, Table } from "../frame/table.tsx";
import { Status, Time } from "../frame/values.tsx";
import { readOne } from "../frame/one.ts";

/** A page of a sweep's plan, the longest overdue first. */
export function readPlan(
  c: PageContext,
  id: string,
  query: Readonly<Record<string, string>>,
  limit: number,
) {
  return readList<PlannedSession>(c, `/v1/sweeps/${encodeURIComponent(id)}/sessions`, query, limit);
}

/** The sessions of a plan and why each is in it. */
export async function showPlan(c: PageContext) {
  const id = c.req.param("id") ?? "";
  const sweep = await readOne<SweepReport>(c, "sweeps");
  const answer = await readPlan(c, id, queryOf(c), 100);
  return pageOf(c, "The plan of a sweep", answer, ({ data, next_cursor: next }) => (
    <>
      <p>
        <a href={`/sweeps/${id}`}>Back to the sweep</a>
      </p>
      {sweep.ok ? <Planned c={c} sessions={data} sweep={sweep.value} /> : null}
      <Pager path={`/sweeps/${id}/plan`} next={next} />
    </>
  ));
}

interface PlannedProps {
  readonly c: PageContext;
  readonly sessions: readonly PlannedSession[];
  readonly sweep: Pick<SweepReport, "source" | "by_clause">;
}

/**
 * Sessions of a plan, a row each. One that must stay is held: then the plan passes it over. The button for it
 * stands beside the id: on a telephone what comes later is out of sight, and the approval is not.
 */
export function Planned({ c, sessions, sweep }: PlannedProps) {
  const mayHold = may(c, "holds:write");
  const now = c.get("deps").now();
  return (
    <Table
      label="Table of planned sessions"
      heads={["Session", "What became of it", "Fell due", "Why"]}
      rows={sessions.map(({ scope, id, due_at: due, clause, clock, disposition }) => (
        <tr>
          <SessionHead scope={scope} id={id} />
          <td>
            {disposition !== null ? (
              <Status of={disposition} />
            ) : mayHold ? (
              <Form c={c} action="/holds/prepare" fields={{ source: sweep.source, scope, id }}>
                <button type="submit">Leave it out</button>
              </Form>
            ) : (
              <span class="soft">nothing yet</span>
            )}
          </td>
          <td>
            <Time at={due} now={now} />
          </td>
          <td>
            <Prose of={whyOf(sweep, clause, clock)} />
          </td>
        </tr>
      ))}
    />
  );
}

/** The clause that made a session due, in words; a sweep that has not told its clauses yet names the clock. */
function whyOf({ by_clause: clauses }: PlannedProps["sweep"], place: number, clock: string) {
  const clause = clauses[place];
  return clause === undefined ? `by its \`${clock}\`` : clauseWords(clause);
}
