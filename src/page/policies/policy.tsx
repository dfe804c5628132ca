import type { Policy } from "../../core/policy/policy.ts";
import type { Problem } from "../../api/http/problem.ts";
import { may, type PageContext } from "../context.ts";
import { statusOf } from "../frame/answer.tsx";
import { page } from "../frame/frame.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Status } from "../frame/values.tsx";
import { ANYTHING, EditForm, pathOf, Words } from "./edit.tsx";
import { Modes } from "./mode.tsx";
import { State } from "./state.tsx";
import { SweepNow } from "./sweep_now.tsx";
import { PolicySweeps } from "./sweeps.tsx";
import { readVersions, Versions } from "./versions.tsx";

/** One policy: what it says, its sweeps, and the forms that change it. */
export async function showPolicy(c: PageContext) {
  const id = c.req.param("id") ?? "";
  const [answer, versions] = await Promise.all([
    c.get("api").get<Policy>(pathOf(id)),
    readVersions(c, id),
  ]);
  return page(
    c,
    `Policy ${id}`,
    <>
      {answer.ok ? (
        <Valid c={c} id={id} policy={answer.value} etag={answer.etag ?? ""} />
      ) : (
        <Invalid c={c} id={id} problem={answer.problem} />
      )}
      <Versions c={c} id={id} versions={versions} />
    </>,
    statusOf(answer),
  );
}

interface ValidProps {
  readonly c: PageContext;
  readonly id: string;
  readonly policy: Policy;
  readonly etag: string;
}

async function Valid({ c, id, policy, etag }: ValidProps) {
  const mayWrite = may(c, "policies:write");
  const text = JSON.stringify(policy, null, 2);
  return (
    <>
      <p>
        <Status of={policy.mode} /> {policy.description ?? ""}
      </p>
      <section aria-labelledby="means">
        <h2 id="means">What it means</h2>
        <Words policy={policy} />
        {policy.note === undefined ? null : <p class="note">{policy.note}</p>}
      </section>
      <State c={c} id={id} />
      {policy.mode !== "off" && may(c, "sweeps:run") ? <SweepNow c={c} policy={id} /> : null}
      <PolicySweeps c={c} id={id} />
      {mayWrite ? <Modes c={c} id={id} policy={policy} etag={etag} /> : null}
      {mayWrite ? (
        <section aria-labelledby="edit">
          <h2 id="edit">Its document</h2>
          <EditForm c={c} id={id} etag={etag} document={text} />
        </section>
      ) : (
        <>
          <h2>Its document</h2>
          <pre tabindex={0}>{text}</pre>
        </>
      )}
    </>
  );
}

interface InvalidProps {
  readonly c: PageContext;
  readonly id: string;
  readonly problem: Problem;
}

/** What is invalid has no ETag: a new document replaces whatever is there. */
function Invalid({ c, id, problem }: InvalidProps) {
  const mayMend = problem.code === "policy_invalid" && may(c, "policies:write");
  return (
    <>
      <ProblemNote problem={problem} />
      {mayMend ? (
        <section aria-labelledby="edit">
          <h2 id="edit">A document in its place</h2>
          <p>Nothing runs by this policy. What you save here replaces it.</p>
          <EditForm c={c} id={id} etag={ANYTHING} document="" />
        </section>
      ) : null}
    </>
  );
}
