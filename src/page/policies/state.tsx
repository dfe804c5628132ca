import { DISPOSITIONS, type DispositionCounts } from "../../core/count/disposition.ts";
import { POLICY_WAITS, type PolicyState } from "../../core/report/policy_state.ts";
import { mayDo } from "../../api/http/auth.ts";
import type { PageContext } from "../context.ts";
import { Prose } from "../frame/prose.tsx";
import { Count, Time } from "../frame/values.tsx";
import { pathOf } from "./edit.tsx";

/** How a policy is doing; nothing for a key that may not see it. */
export async function State({ c, id }: { readonly c: PageContext; readonly id: string }) {
  const answer = mayDo(c.get("signed_in").key, "sweeps:read")
    ? await c.get("api").get<PolicyState>(`${pathOf(id)}/state`)
    : null;
  return answer?.ok === true ? <Facts state={answer.value} now={c.get("deps").now()} /> : null;
}

function Facts({ state, now }: { readonly state: PolicyState; readonly now: number }) {
  return (
    <section id="state" data-live aria-labelledby="state-title">
      <h2 id="state-title">How it is doing</h2>
      {state.waits_for.map((wait) => (
        <p class="note warn">
          <strong>{wait.replaceAll("_", " ")}</strong>: <Prose of={POLICY_WAITS[wait]} />
        </p>
      ))}
      <dl class="facts">
        <dt>In the last 24 hours</dt>
        <dd>{endsIn(state.removals_24h)}</dd>
        <dt>In the last 7 days</dt>
        <dd>{endsIn(state.removals_7d)}</dd>
        <dt>Overdue and still there</dt>
        <dd>
          <Count of={state.backlog} />
          {state.oldest_due_at === null ? null : (
            <>
              , the oldest due since <Time at={state.oldest_due_at} now={now} />
            </>
          )}
        </dd>
        <dt>Due within 24 hours</dt>
        <dd>
          <Count of={state.due_next_24h} />
        </dd>
        <dt>Next run</dt>
        <dd>
          {state.next_run_at === null ? (
            <Count of={null} />
          ) : (
            <Time at={state.next_run_at} now={now} />
          )}
        </dd>
      </dl>
    </section>
  );
}

/** "1,234 deleted, 3 held". */
function endsIn(counts: DispositionCounts): string {
  const said = DISPOSITIONS.flatMap((name) => {
    const count = counts[name] ?? 0;
    return count === 0 ? [] : [`${count.toLocaleString("en-US")} ${name.replaceAll("_", " ")}`];
  });
  return said.length === 0 ? "nothing" : said.join(", ");
}
