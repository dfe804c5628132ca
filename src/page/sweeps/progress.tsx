import type { BoundBy } from "../../core/pace/bound.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import { figure } from "../../core/values/words.ts";
import { Figure } from "../frame/values.tsx";

/** What each bound of a sweep's speed means for whoever wants it faster. */
export const BOUNDS: Readonly<Record<BoundBy, string>> = {
  connections: "calls to the source, which takes its time",
  rate: "the pace that the source allows",
  budget: "the policy's own limit of calls a second",
  faults: "rests after faults of the source",
};

/** How far the removals of a plan are, how fast they go, and what bounds them; only while they are under way. */
export function Progress({ sweep }: { readonly sweep: SweepReport }) {
  const { counts, dispositions, backlog, drain_seconds: drain, speed } = sweep;
  if (sweep.status !== "removing" || counts.planned === 0) {
    return null;
  }
  const settled = Object.values(dispositions).reduce((sum, count) => sum + count, 0);
  const rate = backlog === null || drain === null || drain === 0 ? null : backlog / drain;
  const left = Math.max(0, counts.planned - settled);
  return (
    <div class="note">
      <label for="progress">
        <Figure of={settled} /> of <Figure of={counts.planned} /> sessions are settled
      </label>
      <progress id="progress" max={counts.planned} value={settled}>
        {Math.floor((settled / counts.planned) * 100)} %
      </progress>
      <p>
        {rate === null
          ? "Its pace is not known yet"
          : `${pace(rate)}, about ${span(left / rate)} left`}
        {speed === null ? "" : `; bound by ${BOUNDS[speed]}`}.
      </p>
    </div>
  );
}

/** `rate` in sessions a second. */
function pace(rate: number): string {
  return rate >= 1
    ? `${figure(Math.round(rate))} sessions a second`
    : `${Math.max(1, Math.round(rate * 60))} sessions a minute`;
}

function span(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
