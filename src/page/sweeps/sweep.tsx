import type { GuardStop } from "../../core/report/job.ts";
import { STOP_REASON_MEANINGS } from "../../core/report/stop_reason.ts";
import {
  ENDED_SWEEPS,
  SWEEP_STATUS_MEANINGS,
  WAITING_SWEEPS,
  type SweepReport,
} from "../../core/report/sweep.ts";
import type { PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { Figure, Status, Time } from "../frame/values.tsx";
import { Decide } from "./decide.tsx";
import { Funnel } from "./funnel.tsx";
import { guardWords } from "../frame/guard_words.ts";
import { People } from "../frame/people.tsx";
import { readPlan } from "./plan.tsx";
import { Overdue, Preview, readSamples } from "./preview.tsx";
import { Progress } from "./progress.tsx";
import { Prose } from "../frame/prose.tsx";

/** One sweep: why it waits, what it found, what became of it, and what may be decided. */
export async function showSweep(c: PageContext) {
  const id = c.req.param("id") ?? "";
  const answer = await c.get("api").get<SweepReport>(`/v1/sweeps/${encodeURIComponent(id)}`);
  const waits = answer.ok && WAITING_SWEEPS.has(answer.value.status);
  const plan = waits ? await readPlan(c, id, { limit: "3" }) : null;
  const samples = answer.ok ? await readSamples(c, answer.value) : null;
  const title = answer.ok ? titleOf(answer.value) : "Sweep";
  return pageOf(c, title, answer, (sweep) => {
    const now = c.get("deps").now();
    const hasEnded = ENDED_SWEEPS.has(sweep.status);
    return (
      <>
        {plan === null ? null : <Decide c={c} sweep={sweep} plan={plan} />}
        <section id="sweep" data-live={hasEnded ? undefined : true}>
          <Facts sweep={sweep} now={now} />
          <Progress sweep={sweep} />
          <Preview c={c} sweep={sweep} samples={samples} />
          <h2>What it found</h2>
          <Funnel sweep={sweep} />
          <Overdue sweep={sweep} />
        </section>
        {hasEnded && sweep.plan_until === null ? null : (
          <p>
            <a href={`/sweeps/${sweep.id}/plan`}>Every session of the plan, and why it is in it</a>
          </p>
        )}
        {hasEnded || waits ? null : <Decide c={c} sweep={sweep} plan={null} />}
      </>
    );
  });
}

function titleOf({ trigger, policy }: SweepReport): string {
  return `${trigger === "preview" ? "Preview" : "Sweep"} of ${policy}`;
}

/** Why its plan waits, or did: once somebody has decided, that is no warning any more. */
function Guard({ guard, waits }: { readonly guard: GuardStop | null; readonly waits: boolean }) {
  return guard === null ? null : (
    <p class={waits ? "note warn" : "note"}>
      {waits ? "" : "It waited for a person then: "}
      {guardWords(guard)}
    </p>
  );
}

function Facts({ sweep, now }: { readonly sweep: SweepReport; readonly now: number }) {
  const { status, error, guard } = sweep;
  return (
    <>
      <p>
        <Status of={status} /> <Prose of={SWEEP_STATUS_MEANINGS[status]} />
      </p>
      <Guard guard={guard} waits={WAITING_SWEEPS.has(status)} />
      {error === null ? null : (
        <p class="note bad">
          <code>{error.code}</code>: {error.message}
        </p>
      )}
      {sweep.note === null ? null : <p class="note">{sweep.note}</p>}
      <dl class="facts">
        <dt>Source</dt>
        <dd>
          {sweep.source}
          {sweep.scopes === null ? "" : `, only ${sweep.scopes.join(", ")}`}
        </dd>
        <dt>Mode</dt>
        <dd>{sweep.trigger === "preview" ? "preview: removes nothing" : sweep.mode}</dd>
        <dt>Began</dt>
        <dd>
          <Time at={sweep.created_at} now={now} />
          {sweep.started_by === null ? ", by its schedule" : `, by ${sweep.started_by.name}`}
        </dd>
        <dt>Ended</dt>
        <dd>
          {sweep.finished_at === null ? "not yet" : <Time at={sweep.finished_at} now={now} />}
        </dd>
        <People name="Approved by" people={sweep.approved_by} now={now} />
        <People
          name="Cancelled by"
          people={sweep.cancelled_by === null ? [] : [sweep.cancelled_by]}
          now={now}
        />
        {sweep.stop_reason === null ? null : (
          <>
            <dt>Stopped because</dt>
            <dd>{STOP_REASON_MEANINGS[sweep.stop_reason]}</dd>
          </>
        )}
        <dt>Left to do</dt>
        <dd>
          {sweep.backlog === null ? "not known yet" : <Figure of={sweep.backlog} />}
          {sweep.drain_seconds === null || sweep.drain_seconds === 0
            ? ""
            : `, about ${Math.ceil(sweep.drain_seconds / 60)} minutes at this pace`}
          {sweep.speed === null ? "" : `; bound by ${sweep.speed.replaceAll("_", " ")}`}
        </dd>
        <dt>Digest of the plan</dt>
        <dd>
          <code>{sweep.plan_digest ?? "none yet"}</code>
        </dd>
      </dl>
    </>
  );
}
