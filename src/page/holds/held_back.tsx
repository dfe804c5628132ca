import type { HoldReport } from "../../core/report/hold.ts";
import { JobLink } from "../frame/links.tsx";
import { SessionHead, Table } from "../frame/table.tsx";
import { Figure, Time } from "../frame/values.tsx";

/** The jobs under way that leave sessions where a hold binds; nothing where they were not looked up. */
export function HeldBackJobs({ jobs }: { readonly jobs: HoldReport["holds_back"] }) {
  return jobs === null ? null : (
    <section aria-labelledby="jobs">
      <h2 id="jobs">Sweeps and erasures under way that it holds back</h2>
      {jobs.length === 0 ? (
        <p class="soft">
          None so far. A plan from before the hold may name sessions that it keeps: they are left
          when the plan is carried out.
        </p>
      ) : null}
      <ul>
        {jobs.map(({ job, policy, source, held, by_this_alone: isAlone }) => (
          <li>
            <JobLink id={job} policy={policy} /> has left <Figure of={held} /> in {source}
            {isAlone ? "" : ": by this or by another hold"}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface LeftOutProps {
  readonly sessions: HoldReport["left_out"];
  readonly now: number;
}

/** Sessions that plans left out because of a hold; nothing where they were not looked up. */
export function LeftOutSessions({ sessions, now }: LeftOutProps) {
  return sessions === null ? null : (
    <section aria-labelledby="left-out">
      <h2 id="left-out">Sessions that plans left out because of it</h2>
      {sessions.length === 0 ? (
        <p class="soft">None so far.</p>
      ) : (
        <>
          <Table
            label="Table of sessions that were left out"
            heads={["Session", "Source", "Left out"]}
            rows={sessions.map(({ source, scope, id, job, at }) => (
              <tr>
                <SessionHead scope={scope} id={id} />
                <td>{source}</td>
                <td>
                  <Time at={at} now={now} />
                  {job === null ? null : (
                    <>
                      {" by "}
                      <JobLink id={job} />
                    </>
                  )}
                </td>
              </tr>
            ))}
          />
          <p class="small">The newest, 100 at most. One that stays is noted again after an hour.</p>
        </>
      )}
    </section>
  );
}
