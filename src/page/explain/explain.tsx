import type { z } from "@hono/zod-openapi";
import type { Explanation } from "../../api/explain/explanation.ts";
import { DISPOSITION_MEANINGS } from "../../core/count/disposition.ts";
import type { PageContext } from "../context.ts";
import { Field } from "../frame/field.tsx";
import { Form } from "../frame/form.tsx";
import { page } from "../frame/frame.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Status, Time } from "../frame/values.tsx";
import { Prose } from "../frame/prose.tsx";

type Explained = Readonly<z.output<typeof Explanation>>;

/** The page that asks for a session. */
export function askExplain(c: PageContext) {
  return page(c, "Explain a session", <Ask c={c} />);
}

/** What each policy says of one session. The session comes in a form: it is not written into a URL. */
export async function showExplain(c: PageContext) {
  const form = c.get("form");
  const [source, scope, id] = ["source", "scope", "id"].map((name) =>
    (form.get(name) ?? "").trim(),
  );
  const answer = await c
    .get("api")
    .send<Explained>("POST", "/v1/explain", { body: { source, scope, id } });
  return page(
    c,
    "Explain a session",
    <>
      {answer.ok ? (
        <Told told={answer.value} now={c.get("deps").now()} />
      ) : (
        <ProblemNote problem={answer.problem} />
      )}
      <Ask c={c} />
    </>,
  );
}

function Ask({ c }: { readonly c: PageContext }) {
  return (
    <Form action="/explain" token={c.get("signed_in").form_token} class="stack">
      <Field name="source" label="Source" list={[...c.get("deps").config.sources.keys()]} />
      <Field name="scope" label="Workspace or agent" />
      <Field name="id" label="Session id" />
      <button type="submit">Explain</button>
    </Form>
  );
}

function Told({ told, now }: { readonly told: Explained; readonly now: number }) {
  const { session, removed, planned, policies } = told;
  return (
    <>
      <h2>
        <code>{told.id}</code> in {told.scope} of {told.source}
      </h2>
      {session === null ? (
        <p>It is not there.</p>
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
        </dl>
      )}
      {removed === null ? null : (
        <p class="note">
          <Status of={removed.disposition} /> <Time at={removed.at} now={now} />.{" "}
          <Prose of={DISPOSITION_MEANINGS[removed.disposition]} />
        </p>
      )}
      {policies.length === 0 ? (
        <p>No policy is about it.</p>
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

function Policies({
  policies,
  now,
}: {
  readonly policies: Explained["policies"];
  readonly now: number;
}) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">Says</th>
            <th scope="col">By</th>
            <th scope="col">Due</th>
            <th scope="col">What holds it back</th>
          </tr>
        </thead>
        <tbody>
          {policies.map(
            ({ policy, mode, verdict, clause, clock, due_at: due, stopped_by: stops, errors }) => (
              <tr>
                <th scope="row">
                  {policy} <span class="soft">{mode ?? "invalid"}</span>
                </th>
                <td>{verdict === null ? "" : <Status of={verdict} />}</td>
                <td>
                  {clause === null || clock === null
                    ? ""
                    : `clause ${clause + 1}, ${clock.replaceAll("_", " ")}`}
                </td>
                <td>{due === null ? "" : <Time at={due} now={now} />}</td>
                <td>
                  {stops.map((stop) => stop.replaceAll("_", " ")).join(", ")}
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
    </div>
  );
}
