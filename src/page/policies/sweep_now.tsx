import type { SweepReport } from "../../core/report/sweep.ts";
import type { PageContext } from "../context.ts";
import { afterForm } from "../frame/answer.tsx";
import { Form } from "../frame/form.tsx";

/** The form that starts a sweep of a policy, as its next run would. */
export function SweepNow({ c, policy }: { readonly c: PageContext; readonly policy: string }) {
  return (
    <Form action="/policies/sweep" token={c.get("signed_in").form_token}>
      <input type="hidden" name="id" value={policy} />
      <button type="submit">Sweep {policy} now</button>
    </Form>
  );
}

/** Starts a sweep, or joins the one that is under way, and goes on to it. */
export async function sweepNow(c: PageContext) {
  const policy = c.get("form").get("id") ?? "";
  const answer = await c.get("api").send<SweepReport>("POST", "/v1/sweeps", { body: { policy } });
  const to = answer.ok ? `/sweeps/${answer.value.id}` : `/policies/${encodeURIComponent(policy)}`;
  return afterForm(c, "No sweep was started", answer, to);
}
