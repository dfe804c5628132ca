import type * as z from "zod";
import type { Explanation } from "../../api/explain/explanation.ts";
import { DISPOSITION_MEANINGS } from "../../core/count/disposition.ts";
import { spelled } from "../../core/values/words.ts";
import { Fact } from "../frame/facts.tsx";
import { JobLink } from "../frame/links.tsx";
import { Prose } from "../frame/prose.tsx";
import { FieldErrors } from "../frame/refusal.tsx";
import { Table } from "../frame/table.tsx";
import { Status, Time } from "../frame/values.tsx";

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
            <Fact name={spelled(clock)}>
              <Time at={at ?? null} now={now} />
            </Fact>
          ))}
          <Fact name="In use">{session.busy ? "yes" : "no"}</Fact>
          {hold === null ? null : (
            <Fact name="Held by">
              <a href={`/holds/${hold}`}>{hold}</a>
            </Fact>
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
          In the plan of <JobLink id={job} policy={policy} isPreview={preview} />
          {disposition === null ? "" : `: ${spelled(disposition)}`}
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
          {source}: {spelled(outcome)}
          {detail === null ? null : (
            <>
              {" ("}
              <Prose of={detail} />)
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

interface PoliciesProps {
  readonly policies: Explained["policies"];
  readonly now: number;
}

function Policies({ policies, now }: PoliciesProps) {
  return (
    <Table
      label="Table of policies"
      heads={["Policy", "Says", "By", "Due", "Swept next", "What holds it back"]}
      rows={policies.map(({ policy, verdict, unmatched_by: unmatched, ...says }) => (
        <tr>
          <th scope="row">
            {policy} <span class="soft">{says.mode ?? "invalid"}</span>
          </th>
          <td>
            {verdict === null ? "" : <Status of={verdict} />}
            {unmatched === null ? null : (
              <>
                {" "}
                by <code>{unmatched}</code>
              </>
            )}
          </td>
          <td>{says.clause_words === null ? "" : <Prose of={says.clause_words} />}</td>
          {[says.due_at, says.swept_next_at].map((at) => (
            <td>
              <Time at={at} now={now} none="" />
            </td>
          ))}
          <td>
            {says.stopped_by.map(spelled).join(", ")}
            <FieldErrors of={says.errors} />
          </td>
        </tr>
      ))}
    />
  );
}
