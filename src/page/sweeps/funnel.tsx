import {
  DISPOSITION_MEANINGS,
  DISPOSITIONS,
  LEFT_IN_PLACE,
  type Disposition,
} from "../../core/count/disposition.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import { spelled } from "../../core/values/words.ts";
import { Steps } from "../frame/steps.tsx";

/** From what a sweep looked at to what it removed, step by step. */
export function Funnel({ sweep }: { readonly sweep: SweepReport }) {
  const { counts, dispositions } = sweep;
  const named = DISPOSITIONS.filter((name) => (dispositions[name] ?? 0) > 0);
  return (
    <>
      <Steps
        caption="From the source to the plan"
        steps={[
          { label: "examined", value: counts.examined, colour: 5 },
          // Where only what is due is listed, it counts what was not examined, and an hour ago.
          ...(counts.matched === null || counts.matched > counts.examined
            ? []
            : [
                {
                  label: "matched",
                  value: counts.matched,
                  colour: 5,
                  meaning: counts.matched === 0 ? "`match` selects nobody" : "What `match` selects",
                },
              ]),
          { label: "without a readable clock", value: counts.undated, colour: 2 },
          { label: "past a clause", value: counts.kept + counts.held + counts.due, colour: 1 },
          { label: "kept", value: counts.kept, colour: 3, meaning: "What `keep` keeps" },
          { label: "held", value: counts.held, colour: 3, meaning: "A hold binds them" },
          { label: "due", value: counts.due, colour: 1 },
          ...(sweep.unread === 0
            ? []
            : [
                {
                  label: "perhaps due",
                  value: sweep.unread,
                  colour: 2,
                  meaning: "Their activity was not read, because the budget was full",
                },
              ]),
          {
            label: "resting",
            value: counts.resting,
            colour: 3,
            meaning: "An earlier sweep could not remove them: they wait before the next try",
          },
          {
            label: "beyond the budget",
            value: counts.beyond_budget,
            colour: 3,
            meaning: "Left to the next sweeps",
          },
          { label: "planned", value: counts.planned, colour: 1 },
        ]}
      />
      <p class="small">
        Past a clause is what is kept, held or due. As soon as the plan is made, what is due rests,
        is beyond the budget or is planned.
      </p>
      {named.length === 0 ? null : (
        <Steps
          caption="What became of the plan"
          steps={named.map((name) => ({
            label: spelled(name),
            value: dispositions[name] ?? 0,
            colour: colourOf(name),
            meaning: DISPOSITION_MEANINGS[name],
          }))}
        />
      )}
    </>
  );
}

function colourOf(name: Disposition): number {
  return name === "deleted" ? 1 : LEFT_IN_PLACE.has(name) ? 2 : 5;
}
