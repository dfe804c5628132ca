import type { PlannedSession } from "../../api/sweeps/sessions.ts";
import { guardWords } from "../../core/report/guard_words.ts";
import { WAITING_SWEEPS, type SweepReport } from "../../core/report/sweep.ts";
import type { Answer } from "../call.ts";
import { may, type PageContext } from "../context.ts";
import { Form } from "../frame/form.tsx";
import type { List } from "../frame/list.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Figure } from "../frame/values.tsx";
import { Planned } from "./plan.tsx";

interface DecideProps {
  readonly c: PageContext;
  readonly sweep: SweepReport;
  /** The first sessions of a plan that waits; null: it does not, or the key may see none. */
  readonly plan: Answer<List<PlannedSession>> | null;
}

/** What whoever is signed in may decide about a sweep, with what they decide about in front of it. */
export function Decide({ c, sweep, plan }: DecideProps) {
  const { id, plan_digest: digest } = sweep;
  const waits = WAITING_SWEEPS.has(sweep.status);
  const mayApprove = waits && digest !== null && may(c, "sweeps:approve");
  const mayCancel = may(c, "sweeps:run");
  return (
    <section class="note" aria-labelledby="decide">
      <h2 id="decide">{waits ? "It waits for a person" : "It is under way"}</h2>
      {waits && sweep.guard !== null ? <p class="note warn">{guardWords(sweep.guard)}</p> : null}
      {waits ? (
        <p>
          Approved, it removes up to{" "}
          <strong>
            <Figure of={sweep.counts.planned} /> sessions
          </strong>{" "}
          from {sweep.source}: those that are still due and not held then.
          {plan?.ok === true ? " The longest overdue are these:" : ""}
        </p>
      ) : null}
      {plan === null ? null : plan.ok ? (
        <Planned c={c} sessions={plan.value.data} sweep={sweep} />
      ) : (
        <ProblemNote problem={plan.problem} />
      )}
      <div class="inline">
        {mayApprove ? (
          <Form c={c} action={`/sweeps/${id}/approve`} fields={{ plan_digest: digest }}>
            <button type="submit" class="danger">
              Approve: remove up to <Figure of={sweep.counts.planned} /> sessions
            </button>
          </Form>
        ) : null}
        {mayCancel ? <CancelForm c={c} id={id} /> : null}
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
    <Form c={c} action={`/sweeps/${id}/cancel`}>
      <button type="submit">Cancel this sweep</button>
    </Form>
  );
}
