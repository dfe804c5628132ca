import { guardWords } from "../../core/report/guard_words.ts";
import { STOP_REASON_MEANINGS } from "../../core/report/stop_reason.ts";
import {
  ENDED_SWEEPS,
  SWEEP_STATUS_MEANINGS,
  WAITING_SWEEPS,
  type SweepReport,
} from "../../core/report/sweep.ts";
import { may, type PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { Fact, People } from "../frame/facts.tsx";
import { Prose } from "../frame/prose.tsx";
import { ErrorNote } from "../frame/refusal.tsx";
import { Figure, Status, Time } from "../frame/values.tsx";
import { readOne } from "../frame/one.ts";
import { Decide } from "./decide.tsx";
import { Funnel } from "./funnel.tsx";
import { readPlan } from "./plan.tsx";
import { Overdue, Preview, readSamples } from "./preview.tsx";
import { BOUNDS, Progress } from "./progress.tsx";

/** One sweep: why it waits, what it found, what became of it, and what may be decided. */
export async function showSweep(c: PageContext) {
  const answer = await readOne<SweepReport>(c, "sweeps");
  const waits = answer.ok && WAITING_SWEEPS.has(answer.value.status);
  const maySee = may(c, "sessions:read");
  const plan = waits && maySee ? await readPlan(c, answer.value.id, {}, 3) : null;
  const samples = answer.ok ? await readSamples(c, answer.value) : null;
  const title = answer.ok ? titleOf(answer.value) : "Sweep";
  return pageOf(c, title, answer, (sweep) => {
    const now = c.get("deps").now();
    const hasEnded = ENDED_SWEEPS.has(sweep.status);
    return (
      <>
        {waits ? <Decide c={c} sweep={sweep} plan={plan} /> : null}
        <section id="sweep" data-live={hasEnded ? undefined : true}>
          <Facts sweep={sweep} now={now} />
          <Progress sweep={sweep} />
          <Preview c={c} sweep={sweep} samples={samples} />
          <h2>What it found</h2>
          <Funnel sweep={sweep} />
          <Overdue sweep={sweep} />
        </section>
        {(hasEnded && sweep.plan_until === null) || !maySee ? null : (
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

function Facts({ sweep, now }: { readonly sweep: SweepReport; readonly now: number }) {
  const { status, error, guard } = sweep;
  return (
    <>
      <p>
        <Status of={status} /> <Prose of={SWEEP_STATUS_MEANINGS[status]} />
      </p>
      {guard === null || WAITING_SWEEPS.has(status) ? null : (
        <p class="note">It waited for a person then: {guardWords(guard)}</p>
      )}
      <ErrorNote of={error} />
      {sweep.note === null ? null : <p class="note">{sweep.note}</p>}
      <dl class="facts">
        <Fact name="Source">
          {sweep.source}
          {sweep.scopes === null ? "" : `, only ${sweep.scopes.join(", ")}`}
        </Fact>
        <Fact name="Mode">
          {sweep.trigger === "preview" ? "preview: removes nothing" : sweep.mode}
        </Fact>
        <Fact name="Began">
          <Time at={sweep.created_at} now={now} />
          {sweep.started_by === null ? ", by its schedule" : `, by ${sweep.started_by.name}`}
        </Fact>
        <Fact name="Ended">
          <Time at={sweep.finished_at} now={now} none="not yet" />
        </Fact>
        <People name="Approved by" people={sweep.approved_by} now={now} />
        <People name="Cancelled by" people={[sweep.cancelled_by]} now={now} />
        {sweep.stop_reason === null ? null : (
          <Fact name="Stopped because">{STOP_REASON_MEANINGS[sweep.stop_reason]}</Fact>
        )}
        <Fact name="Left to do">
          {sweep.backlog === null ? "not known yet" : <Figure of={sweep.backlog} />}
          {sweep.drain_seconds === null || sweep.drain_seconds === 0
            ? ""
            : `, about ${Math.ceil(sweep.drain_seconds / 60)} minutes at this pace`}
        </Fact>
        {sweep.speed === null ? null : <Fact name="Time went into">{BOUNDS[sweep.speed]}</Fact>}
        <Fact name="Digest of the plan">
          <code>{sweep.plan_digest ?? "none yet"}</code>
        </Fact>
      </dl>
    </>
  );
}
