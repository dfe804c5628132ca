import type { PageContext } from "../context.ts";
import type { Answer } from "../call.ts";
import { pageOf } from "../frame/answer.tsx";
import { Pager } from "../frame/pager.tsx";
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
  const answer = await readPlan(c, id, {
    limit: "100",
    ...(cursor === undefined ? {} : { cursor }),
  });
  return pageOf(c, "The plan of a sweep", answer, ({ data, next_cursor: next }) => (
    <>
      <p>
        <a href={`/sweeps/${id}`}>Back to the sweep</a>
      </p>
      <Planned sessions={data} now={c.get("deps").now()} />
      <Pager path={`/sweeps/${id}/plan`} query={{}} next={next} />
    </>
  ));
}

/** Sessions of a plan, a row each. */
export function Planned({
  sessions,
  now,
}: {
  readonly sessions: readonly PlannedSession[];
  readonly now: number;
}) {
  return (
    <div class="scroll">
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
                clause {clause + 1}, by its {clock.replaceAll("_", " ")}
              </td>
              <td>
                {disposition === null ? (
                  <span class="soft">nothing yet</span>
                ) : (
                  <Status of={disposition} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
