import type * as z from "zod";
import type { Disposition } from "../../core/count/disposition.ts";
import type { RemovalsReport } from "../../core/report/removals.ts";
import { dayOf } from "../../core/values/timestamp.ts";
import { Bars } from "../frame/bars.tsx";
import { END_SERIES, endValues } from "../frame/ends.ts";
import { Figure } from "../frame/values.tsx";

/** What the overview asks the API for: the last 30 days. */
export const REMOVALS_PATH = "/v1/removals?by=day,disposition";

/** The sums as the API answers them. */
export type RemovalsSums = Readonly<z.output<typeof RemovalsReport>>;

const DAY_MS = 86_400_000;
const SPANS = [
  [1, "today (UTC)"],
  [7, "in 7 days, with today"],
  [30, "in 30 days, with today"],
] as const;

/** What was removed and what was left, a bar a day. Days are those of UTC. */
export function Removals({ sums }: { readonly sums: RemovalsSums }) {
  const days = daysOf(sums);
  return (
    <section id="removals" data-live aria-labelledby="removals-title">
      <h2 id="removals-title">What was removed</h2>
      <ul class="cards">
        {SPANS.map(([length, name]) => (
          <li class="card">
            <span class="figure">
              <Figure of={goneIn(days.slice(-length))} />
            </span>{" "}
            gone {name}
          </li>
        ))}
      </ul>
      <Bars
        caption={`Planned sessions by day in UTC, ${sums.counted === "sweeps" ? "of sweeps" : "of sweeps and erasures"}`}
        unit="Day"
        series={END_SERIES}
        bars={days.map(({ day, counts }) => ({ label: day, values: endValues(counts) }))}
      />
    </section>
  );
}

interface Day {
  readonly day: string;
  readonly counts: Readonly<Partial<Record<Disposition, number>>>;
  readonly gone: number;
}

/** Every day from the first to the last, also those on which nothing ended. */
function daysOf({ since, until, rows }: RemovalsSums): readonly Day[] {
  const byDay = Map.groupBy(rows, ({ day }) => day);
  const days: Day[] = [];
  for (let at = Date.parse(since); at <= Date.parse(until); at += DAY_MS) {
    const day = dayOf(at);
    const sums = byDay.get(day) ?? [];
    days.push({
      day,
      counts: Object.fromEntries(sums.map(({ disposition, count }) => [disposition, count])),
      gone: sums.reduce((sum, { gone }) => sum + gone, 0),
    });
  }
  return days;
}

function goneIn(days: readonly Day[]): number {
  return days.reduce((sum, { gone }) => sum + gone, 0);
}
