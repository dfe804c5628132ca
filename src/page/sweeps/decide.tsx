import { mayDo } from "../../api/http/auth.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import { WAITING_SWEEPS } from "../../core/report/sweep.ts";
import type { Answer } from "../call.ts";
import type { PageContext } from "../context.ts";
import { afterForm } from "../frame/answer.tsx";
import { Form } from "../frame/form.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Figure } from "../frame/values.tsx";
import { Planned, type PlanPage } from "./plan.tsx";

interface DecideProps {
  readonly c: PageContext;
  readonly sweep: SweepReport;
  /** The first sessions of a plan that waits; null: it does not. */
  readonly plan: Answer<PlanPage> | null;
}

/** What whoever is signed in may decide about a sweep, with what they decide about in front of it. */
export function Decide({ c, sweep, plan }: DecideProps) {
  const { key, form_token: token } = c.get("signed_in");
  const waits = WAITING_SWEEPS.has(sweep.status);
  const mayApprove = waits && sweep.plan_digest !== null && mayDo(key, "sweeps:approve");
  const mayCancel = mayDo(key, "sweeps:run");
  return (
    <section class="note" aria-labelledby="decide">
      <h2 id="decide">{waits ? "It waits for a person" : "It is under way"}</h2>
      {waits ? (
        <p>
          Approved, it removes up to{" "}
          <strong>
            <Figure of={sweep.counts.planned} /> sessions
          </strong>{" "}
          from {sweep.source}: those that are still due and not held then. The longest overdue are
          these:
        </p>
      ) : null}
      {plan === null ? null : plan.ok ? (
        <Planned c={c} sessions={plan.value.data} sweep={sweep} />
      ) : (
        <ProblemNote problem={plan.problem} />
      )}
      <div class="inline">
        {mayApprove ? (
          <Form action={`/sweeps/${sweep.id}/approve`} token={token}>
            <input type="hidden" name="plan_digest" value={sweep.plan_digest ?? ""} />
            <button type="submit" class="danger">
              Approve: remove up to <Figure of={sweep.counts.planned} /> sessions
            </button>
          </Form>
        ) : null}
        {mayCancel ? <CancelForm c={c} id={sweep.id} /> : null}
      </div>
      {mayApprove || mayCancel ? null : (
        <p class="small">
          Your key may decide nothing here: it needs sweeps:approve or sweeps:run.
        </p>
      )}
    </section>
  );
}

/** The form that cancels a sweep. */
export function CancelForm({ c, id }: { readonly c: PageContext; readonly id: string }) {
  return (
    <Form action={`/sweeps/${id}/cancel`} token={c.get("signed_in").form_token}>
      <button type="submit">Cancel this sweep</button>
    </Form>
  );
}

/** Approves the plan that the form showed: if it has changed since, the API refuses. */
export async function approveSweep(c: PageContext) {
  const id = c.req.param("id") ?? "";
  const answer = await c.get("api").send("POST", `/v1/sweeps/${encodeURIComponent(id)}/approve`, {
    body: { plan_digest: c.get("form").get("plan_digest") ?? "" },
  });
  return afterForm(c, "Not approved", answer, `/sweeps/${id}`);
}

/** Cancels a sweep. What is removed stays removed. */
export async function cancelSweep(c: PageContext) {
  const id = c.req.param("id") ?? "";
  const answer = await c
    .get("api")
    .send("POST", `/v1/sweeps/${encodeURIComponent(id)}/cancel`, { body: {} });
  return afterForm(c, "Not cancelled", answer, `/sweeps/${id}`);
}
