import type { SweepReport } from "../../core/report/sweep.ts";
import { minuteOf } from "../../core/values/words.ts";
import { may, type PageContext } from "../context.ts";
import { Bars } from "../frame/bars.tsx";
import { END_SERIES, endValues } from "../frame/ends.ts";
import { readList } from "../frame/list.tsx";
import { ProblemNote } from "../frame/refusal.tsx";

/** Bars that can be told apart at 360 px. */
const SHOWN = 30;

/** The newest sweeps of a policy, a bar each: what became of what it planned. */
export async function PolicySweeps({ c, id }: { readonly c: PageContext; readonly id: string }) {
  if (!may(c, "sweeps:read")) {
    return null;
  }
  const answer = await readList<SweepReport>(c, "/v1/sweeps", { policy: id }, SHOWN);
  if (!answer.ok) {
    return <ProblemNote problem={answer.problem} />;
  }
  const sweeps = answer.value.data.toReversed();
  return (
    <section aria-labelledby="sweeps">
      <h2 id="sweeps">Its sweeps</h2>
      {sweeps.length === 0 ? (
        <p class="soft">There are none.</p>
      ) : (
        <Bars
          caption="What its last sweeps planned, and what became of it"
          unit="Sweep of"
          series={[...END_SERIES, "planned, not settled"]}
          bars={sweeps.map((sweep) => ({
            label: minuteOf(sweep.created_at),
            values: valuesOf(sweep),
          }))}
        />
      )}
      <p>
        <a href={`/sweeps?policy=${encodeURIComponent(id)}`}>Each of its sweeps</a>
      </p>
    </section>
  );
}

/** What became of a plan, and last what nothing has become of: it waits, or its sweep only looked. */
function valuesOf({ counts, dispositions }: SweepReport): number[] {
  const ends = endValues(dispositions);
  const settled = ends.reduce((sum, value) => sum + value, 0);
  return [...ends, Math.max(0, counts.planned - settled)];
}
