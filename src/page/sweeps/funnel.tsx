import {
  DISPOSITION_MEANINGS,
  DISPOSITIONS,
  LEFT_IN_PLACE,
  type Disposition,
} from "../../core/count/disposition.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import { spelled } from "../../core/values/words.ts";
import { Steps, type Step } from "../frame/steps.tsx";

/** From what a sweep looked at to what it removed, step by step. */
export function Funnel({ sweep }: { readonly sweep: SweepReport }) {
  const { counts, dispositions } = sweep;
  const named = DISPOSITIONS.filter((name) => (dispositions[name] ?? 0) > 0);
  // Where only what is due is listed, `matched` counts what was not examined, and an hour ago.
  const { matched } = counts;
  const isMatched = matched !== null && matched <= counts.examined;
  const past = counts.kept + counts.held + counts.due;
  return (
    <>
      <Steps
        caption="From the source to the plan"
        steps={[
          step("examined", counts.examined, 5),
          ...(isMatched ? [step("matched", matched, 5, matchWords(matched))] : []),
          step("without a readable clock", counts.undated, 2),
          step("past a clause", past, 1),
          step("kept", counts.kept, 3, "What `keep` keeps"),
          step("held", counts.held, 3, "A hold binds them"),
          step("due", counts.due, 1),
          ...(sweep.unread === 0 ? [] : [step("perhaps due", sweep.unread, 2, UNREAD)]),
          step("resting", counts.resting, 3, RESTING),
          step("beyond the budget", counts.beyond_budget, 3, "Left to the next sweeps"),
          step("planned", counts.planned, 1),
        ]}
      />
      <p class="small">
        Past a clause is what is kept, held or due. As soon as the plan is made, what is due rests,
        is beyond the budget or is planned.
      </p>
      {named.length === 0 ? null : (
        <Steps
          caption="What became of the plan"
          steps={named.map((name) =>
            step(
              spelled(name),
              dispositions[name] ?? 0,
              colourOf(name),
              DISPOSITION_MEANINGS[name],
            ),
          )}
        />
      )}
    </>
  );
}

const UNREAD = "Their activity was not read, because the budget was full";
const RESTING = "An earlier sweep could not remove them: they wait before the next try";

function matchWords(matched: number): string {
  return matched === 0 ? "`match` selects nobody" : "What `match` selects";
}

function step(label: string, value: number, colour: number, meaning?: string): Step {
  return { label, value, colour, meaning };
}

function colourOf(name: Disposition): number {
  return name === "deleted" ? 1 : LEFT_IN_PLACE.has(name) ? 2 : 5;
}
