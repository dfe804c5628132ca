import { mayDo } from "../../api/http/auth.ts";
import { DISPOSITION_MEANINGS, DISPOSITIONS } from "../../core/count/disposition.ts";
import {
  ERASURE_STATUS_MEANINGS,
  type ErasureReport,
  type ErasureSourceReport,
} from "../../core/report/erasure.ts";
import type { PageContext } from "../context.ts";
import { afterForm, pageOf } from "../frame/answer.tsx";
import { Form } from "../frame/form.tsx";
import { guardWords } from "../frame/guard_words.ts";
import { People } from "../frame/people.tsx";
import { Figure, Status, Time } from "../frame/values.tsx";
import { Prose } from "../frame/prose.tsx";
import { Statement } from "./statement.tsx";
import { Blockers, readSought, Sought } from "./sought.tsx";

/** One erasure: what was found, removed and left, why, and when it was read back. It prints as a statement. */
export async function showErasure(c: PageContext) {
  const id = c.req.param("id") ?? "";
  const answer = await c.get("api").get<ErasureReport>(`/v1/erasures/${encodeURIComponent(id)}`);
  const title = answer.ok ? `Erasure ${answer.value.reference ?? answer.value.id}` : "Erasure";
  const plan = await readSought(c, answer);
  return pageOf(c, title, answer, (erasure) => (
    <>
      <div class="on-screen">
        <Decide c={c} erasure={erasure} />
      </div>
      <section id="erasure" data-live={erasure.finished_at === null ? true : undefined}>
        <Statement erasure={erasure} now={c.get("deps").now()} />
        <div class="on-screen">
          <Facts erasure={erasure} now={c.get("deps").now()} />
          {erasure.blockers === null ? null : <Blockers of={erasure.blockers} />}
          {Object.entries(erasure.sources).map(([name, part]) => (
            <Source name={name} part={part} isDryRun={erasure.dry_run} now={c.get("deps").now()} />
          ))}
          {plan === null ? null : <Sought id={erasure.id} plan={plan} />}
        </div>
      </section>
    </>
  ));
}

function Decide({ c, erasure }: { readonly c: PageContext; readonly erasure: ErasureReport }) {
  const { key, form_token: token } = c.get("signed_in");
  const found = Object.values(erasure.sources).reduce((sum, part) => sum + part.found, 0);
  const mayApprove =
    erasure.status === "needs_approval" &&
    erasure.plan_digest !== null &&
    mayDo(key, "erasures:approve");
  const mayCancel = erasure.finished_at === null && mayDo(key, "erasures:write");
  return mayApprove || mayCancel ? (
    <section class="note" aria-labelledby="decide">
      <h2 id="decide">
        {erasure.status === "needs_approval"
          ? "It waits for a person"
          : erasure.dry_run
            ? "It looks, and removes nothing"
            : "It goes on"}
      </h2>
      <div class="inline">
        {mayApprove ? (
          <Form action={`/erasures/${erasure.id}/approve`} token={token}>
            <input type="hidden" name="plan_digest" value={erasure.plan_digest ?? ""} />
            <button type="submit" class="danger">
              Approve: remove <Figure of={found} /> sessions, and what a read-back still finds
            </button>
          </Form>
        ) : null}
        {mayCancel ? (
          <Form action={`/erasures/${erasure.id}/cancel`} token={token}>
            <button type="submit">Cancel this {erasure.dry_run ? "dry run" : "erasure"}</button>
          </Form>
        ) : null}
      </div>
    </section>
  ) : null;
}

/** A statement of what was not removed is no success. */
const STATEMENT: Readonly<Partial<Record<ErasureReport["status"], string>>> = {
  observed: "note",
  partial: "note warn",
};

/** The record in the words of the API. */
function Facts({ erasure, now }: { readonly erasure: ErasureReport; readonly now: number }) {
  const { sources, scopes } = erasure.limited_to;
  return (
    <>
      <h2>The record</h2>
      <p>
        <Status of={erasure.status} /> <Prose of={ERASURE_STATUS_MEANINGS[erasure.status]} />
      </p>
      {erasure.statement === null ? null : (
        <p class={STATEMENT[erasure.status] ?? "note good"}>{erasure.statement}</p>
      )}
      {erasure.error === null ? null : (
        <p class="note bad">
          <code>{erasure.error.code}</code>: {erasure.error.message}
        </p>
      )}
      <dl class="facts">
        <dt>Id</dt>
        <dd>
          <code>{erasure.id}</code>
        </dd>
        <dt>Named by</dt>
        <dd>{erasure.identifier_types.join(", ")}</dd>
        <dt>Under</dt>
        <dd>{erasure.regulation ?? "not said"}</dd>
        <dt>Looked in</dt>
        <dd>
          {sources?.join(", ") ?? "every source"}
          {scopes === null ? "" : `, only ${scopes.join(", ")}`}
        </dd>
        <dt>Asked for</dt>
        <dd>
          <Time at={erasure.requested_at} now={now} />
        </dd>
        <dt>Ended</dt>
        <dd>
          {erasure.finished_at === null ? "not yet" : <Time at={erasure.finished_at} now={now} />}
        </dd>
        <People name="Begun by" people={[erasure.started_by]} now={now} />
        <People name="Approved by" people={erasure.approved_by} now={now} />
        <People
          name="Cancelled by"
          people={erasure.cancelled_by === null ? [] : [erasure.cancelled_by]}
          now={now}
        />
      </dl>
    </>
  );
}

interface SourceProps {
  readonly name: string;
  readonly part: ErasureSourceReport;
  readonly isDryRun: boolean;
  readonly now: number;
}

function Source({ name, part, isDryRun, now }: SourceProps) {
  const ends = DISPOSITIONS.filter((end) => (part.dispositions[end] ?? 0) > 0);
  return (
    <section>
      <h3>
        {name} <Status of={part.status} />
      </h3>
      {part.guard === null ? null : <p class="note warn">{guardWords(part.guard)}</p>}
      {part.error === null ? null : (
        <p class="note bad">
          <code>{part.error.code}</code>: {part.error.message}
        </p>
      )}
      <dl class="facts">
        <dt>Found</dt>
        <dd>
          <Figure of={part.found} />
        </dd>
        {ends.map((end) => (
          <>
            <dt>{end.replaceAll("_", " ")}</dt>
            <dd>
              <Figure of={part.dispositions[end] ?? 0} />{" "}
              <span class="soft">
                <Prose of={DISPOSITION_MEANINGS[end]} />
              </span>
            </dd>
          </>
        ))}
        {part.unreadable.count === 0 ? null : (
          <>
            <dt>Not readable</dt>
            <dd>
              <Figure of={part.unreadable.count} />
            </dd>
          </>
        )}
        {part.unattributable === 0 ? null : (
          <>
            <dt>Whose is not known</dt>
            <dd>
              <Figure of={part.unattributable} />
            </dd>
          </>
        )}
        <dt>Read back</dt>
        <dd>
          {part.verified_at.length === 0
            ? isDryRun
              ? "no: it only looked"
              : "not yet"
            : part.verified_at.map((at) => (
                <p>
                  <Time at={at} now={now} />
                </p>
              ))}
        </dd>
        {part.not_erased.length === 0 ? null : (
          <>
            <dt>The provider keeps</dt>
            <dd>{part.not_erased.join("; ")}</dd>
          </>
        )}
      </dl>
    </section>
  );
}

/** Approves the plan that the form showed. */
export async function approveErasure(c: PageContext) {
  const id = c.req.param("id") ?? "";
  const answer = await c.get("api").send("POST", `/v1/erasures/${encodeURIComponent(id)}/approve`, {
    body: { plan_digest: c.get("form").get("plan_digest") ?? "" },
  });
  return afterForm(c, "Not approved", answer, `/erasures/${id}`);
}

/** Cancels an erasure. What is removed stays removed. */
export async function cancelErasure(c: PageContext) {
  const id = c.req.param("id") ?? "";
  const path = `/v1/erasures/${encodeURIComponent(id)}/cancel`;
  const answer = await c.get("api").send("POST", path, { body: {} });
  return afterForm(c, "Not cancelled", answer, `/erasures/${id}`);
}
