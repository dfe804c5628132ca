import { DISPOSITIONS, type DispositionCounts } from "../../core/count/disposition.ts";
import { POLICY_WAITS, type PolicyState } from "../../core/report/policy_state.ts";
import { countWords, spelled } from "../../core/values/words.ts";
import { may, type PageContext } from "../context.ts";
import { Fact } from "../frame/facts.tsx";
import { Prose } from "../frame/prose.tsx";
import { Count, Time } from "../frame/values.tsx";
import { pathOf } from "./edit.tsx";

/** How a policy is doing; nothing for a key that may not see it. */
export async function State({ c, id }: { readonly c: PageContext; readonly id: string }) {
  const answer = may(c, "sweeps:read")
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
          <strong>{spelled(wait)}</strong>: <Prose of={POLICY_WAITS[wait]} />
        </p>
      ))}
      <dl class="facts">
        <Fact name="In the last 24 hours">{endsIn(state.removals_24h)}</Fact>
        <Fact name="In the last 7 days">{endsIn(state.removals_7d)}</Fact>
        <Fact name="Overdue and still there">
          <Count of={state.backlog} />
          {state.oldest_due_at === null ? null : (
            <>
              , the oldest due since <Time at={state.oldest_due_at} now={now} />
            </>
          )}
        </Fact>
        <Fact name="Due within 24 hours">
          <Count of={state.due_next_24h} />
        </Fact>
        <Fact name="Next run">
          <Time at={state.next_run_at} now={now} none="not known" />
        </Fact>
      </dl>
    </section>
  );
}

function endsIn(counts: DispositionCounts): string {
  const ends = DISPOSITIONS.map((name) => [spelled(name), counts[name] ?? 0] as const);
  return countWords(ends, "nothing");
}
