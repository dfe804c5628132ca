import type { PlannedSession } from "../../api/sweeps/sessions.ts";
import { durationWords } from "../../core/policy/clause_words.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import type { Answer } from "../call.ts";
import { may, type PageContext } from "../context.ts";
import type { List } from "../frame/list.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Steps } from "../frame/steps.tsx";
import { Figure } from "../frame/values.tsx";
import { Planned, readPlan } from "./plan.tsx";

/** As many as one looks at before saving. */
const SAMPLES = 10;

/** Samples of what a preview that has ended would remove: of what is new, where it compares. */
export async function readSamples(
  c: PageContext,
  { id, trigger, status, difference }: SweepReport,
): Promise<Answer<List<PlannedSession>> | null> {
  return trigger === "preview" && status === "observed"
    ? readPlan(c, id, difference === null ? {} : { newly: "true" }, SAMPLES)
    : null;
}

interface PreviewProps {
  readonly c: PageContext;
  readonly sweep: SweepReport;
  readonly samples: Answer<List<PlannedSession>> | null;
}

/** What a preview found: how it differs from the version compared with, how overdue, and some of it. */
export function Preview({ c, sweep, samples }: PreviewProps) {
  const { difference } = sweep;
  return samples === null ? null : (
    <section aria-labelledby="preview">
      <h2 id="preview">What it would remove</h2>
      {difference === null ? null : difference.added + difference.removed === 0 ? (
        <p class="note good">The same sessions are due as under the other version.</p>
      ) : (
        <p class={difference.added === 0 ? "note good" : "note warn"}>
          Compared with the other version,{" "}
          <strong>
            <Figure of={difference.added} /> more sessions
          </strong>{" "}
          are due, and <Figure of={difference.removed} /> are due no longer.
        </p>
      )}
      {!samples.ok ? (
        may(c, "sessions:read") ? (
          <ProblemNote problem={samples.problem} />
        ) : null
      ) : samples.value.data.length === 0 ? (
        <p>
          {difference === null
            ? "It would remove nothing now."
            : "It would remove nothing that the other version would not."}
        </p>
      ) : (
        <>
          <p>
            {difference === null ? "The longest overdue" : "Of what is new, the longest overdue"}:
          </p>
          <Planned c={c} sessions={samples.value.data} sweep={sweep} />
        </>
      )}
    </section>
  );
}

/** How long overdue the planned sessions were, a bar a span; nothing while nothing is planned. */
export function Overdue({ sweep: { histogram } }: { readonly sweep: SweepReport }) {
  const spans = Object.entries(histogram);
  return spans.every(([, count]) => count === 0) ? null : (
    <Steps
      caption="How long overdue the planned sessions were"
      steps={spans.map(([name, value]) => ({
        label: name === "longer" ? "longer" : `up to ${durationWords(name)}`,
        value,
        colour: 1,
      }))}
    />
  );
}
