import type { Policy } from "../../core/policy/policy.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import { sent, type PageContext } from "../context.ts";
import { afterForm, problemPage } from "../frame/answer.tsx";
import { confirmPage, needsConfirming } from "../frame/confirm.tsx";
import { Form } from "../frame/form.tsx";
import { pathOf, Words } from "./edit.tsx";

const SWEEP_PATH = "/policies/sweep";
const TITLE = "No sweep was started";

/** The form that starts a sweep of a policy, as its next run would. */
export function SweepNow({ c, policy }: { readonly c: PageContext; readonly policy: string }) {
  return (
    <Form c={c} action={SWEEP_PATH} fields={{ id: policy }}>
      <button type="submit">Sweep {policy} now</button>
    </Form>
  );
}

/** Starts a sweep, or joins the one that is under way, and goes on to it. One that may remove is confirmed first. */
export async function sweepNow(c: PageContext) {
  const id = sent(c, "id");
  if (needsConfirming(c, "sweeps:run")) {
    const policy = await c.get("api").get<Policy>(pathOf(id));
    if (!policy.ok && policy.problem.status === 404) {
      return problemPage(c, TITLE, policy.problem);
    }
    if (!policy.ok || policy.value.mode !== "observe") {
      return confirmSweep(c, id, policy.ok ? policy.value : null);
    }
  }
  const body = { policy: id };
  const answer = await c.get("api").send<SweepReport>("POST", "/v1/sweeps", { body });
  const to = answer.ok ? `/sweeps/${answer.value.id}` : `/policies/${encodeURIComponent(id)}`;
  return afterForm(c, TITLE, answer, to);
}

/** `policy` is null where it is not valid, or the key may not read it. */
function confirmSweep(c: PageContext, id: string, policy: Policy | null) {
  return confirmPage(c, {
    title: `Sweep ${id} now`,
    content: (
      <>
        <p class="note warn">
          It removes what is due at once, as the next run of this policy would. Its brake, holds and
          the switch bind it. What is removed cannot be brought back: look at a preview first.
        </p>
        {policy === null ? null : <Words policy={policy} />}
      </>
    ),
    action: SWEEP_PATH,
    fields: { id },
    button: "Sweep: remove what is due",
    back: `/policies/${encodeURIComponent(id)}`,
  });
}
