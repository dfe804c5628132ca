import type * as z from "zod";
import type { Explanation } from "../../api/explain/explanation.ts";
import { DISPOSITION_MEANINGS } from "../../core/count/disposition.ts";
import { Scroll } from "../frame/scroll.tsx";
import { Status, Time } from "../frame/values.tsx";
import { Prose } from "../frame/prose.tsx";

export type Explained = Readonly<z.output<typeof Explanation>>;

/** A session may be there all the same. */
const UNSURE: ReadonlySet<string> = new Set(["not_searched", "unavailable"]);

/** What is told of a session: the session, its end, its policies and its plans. */
export function Told({ told, now }: { readonly told: Explained; readonly now: number }) {
  const { session, removed, planned, policies, source, scope, hold } = told;
  const isUnsure = told.searched.some(({ outcome }) => UNSURE.has(outcome));
  return (
    <>
      <h2>
        <code>{told.id}</code>
        {scope === null ? "" : ` in ${scope}`}
        {source === null ? "" : ` of ${source}`}
      </h2>
      <LookedIn searched={told.searched} />
      {session === null ? (
        <p>{isUnsure ? "It was not found where it was looked for." : "It is not there."}</p>
      ) : (
        <dl class="facts">
          {Object.entries(session.clocks).map(([clock, at]) => (
            <>
              <dt>{clock.replaceAll("_", " ")}</dt>
              <dd>
                <Time at={at ?? null} now={now} />
              </dd>
            </>
          ))}
          <dt>In use</dt>
          <dd>{session.busy ? "yes" : "no"}</dd>
          {hold === null ? null : (
            <>
              <dt>Held by</dt>
              <dd>
                <a href={`/holds/${hold}`}>{hold}</a>
              </dd>
            </>
          )}
        </dl>
      )}
      {removed === null ? null : (
        <p class="note">
          <Status of={removed.disposition} /> <Time at={removed.at} now={now} />.{" "}
          <Prose of={DISPOSITION_MEANINGS[removed.disposition]} />
        </p>
      )}
      {policies.length === 0 ? (
        scope === null ? null : (
          <p>No policy is about it.</p>
        )
      ) : (
        <Policies policies={policies} now={now} />
      )}
      {planned.map(({ job, policy, preview, disposition }) => (
        <p>
          In the plan of{" "}
          {policy === null ? (
            <a href={`/erasures/${job}`}>an erasure</a>
          ) : (
            <a href={`/sweeps/${job}`}>{`${preview ? "a preview" : "a sweep"} of ${policy}`}</a>
          )}
          {disposition === null ? "" : `: ${disposition.replaceAll("_", " ")}`}
        </p>
      ))}
    </>
  );
}

/** Where it was looked for, unless one place alone was asked and told. */
function LookedIn({ searched }: Pick<Explained, "searched">) {
  return searched.length === 1 && searched.every(({ outcome }) => !UNSURE.has(outcome)) ? null : (
    <ul class="small">
      {searched.map(({ source, outcome, detail }) => (
        <li>
          {source}: {outcome.replaceAll("_", " ")}
          {detail === null ? "" : ` (${detail})`}
        </li>
      ))}
    </ul>
  );
}

function Policies({
  policies,
  now,
}: {
  readonly policies: Explained["policies"];
  readonly now: number;
}) {
  return (
    <Scroll label="Table of policies">
      <table>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">Says</th>
            <th scope="col">By</th>
            <th scope="col">Due</th>
            <th scope="col">Swept next</th>
            <th scope="col">What holds it back</th>
          </tr>
        </thead>
        <tbody>
          {policies.map(
            ({
              policy,
              mode,
              verdict,
              unmatched_by,
              clause_words,
              stopped_by,
              errors,
              ...times
            }) => (
              <tr>
                <th scope="row">
                  {policy} <span class="soft">{mode ?? "invalid"}</span>
                </th>
                <td>
                  {verdict === null ? "" : <Status of={verdict} />}
                  {unmatched_by === null ? null : (
                    <>
                      {" "}
                      by <code>{unmatched_by}</code>
                    </>
                  )}
                </td>
                <td>{clause_words === null ? "" : <Prose of={clause_words} />}</td>
                {[times.due_at, times.swept_next_at].map((at) => (
                  <td>{at === null ? "" : <Time at={at} now={now} />}</td>
                ))}
                <td>
                  {stopped_by.map((stop) => stop.replaceAll("_", " ")).join(", ")}
                  {errors.map(({ field, message }) => (
                    <p class="small">
                      <code>{field}</code>: {message}
                    </p>
                  ))}
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </Scroll>
  );
}
