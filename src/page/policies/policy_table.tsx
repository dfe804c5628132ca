import type * as z from "zod";
import type { PolicyEntry } from "../../api/policies/policies.ts";
import { clauseWords } from "../../core/policy/clause_words.ts";
import type { PolicyState } from "../../core/report/policy_state.ts";
import { spelled } from "../../core/values/words.ts";
import { Prose } from "../frame/prose.tsx";
import { FieldErrors } from "../frame/refusal.tsx";
import { Figures, Table } from "../frame/table.tsx";
import { Status, Time } from "../frame/values.tsx";

/** A policy as a list of the API answers it. */
export type Entry = Readonly<z.output<typeof PolicyEntry>>;

interface PolicyTableProps {
  readonly policies: readonly Entry[];
  readonly now: number;
}

const STATE_HEADS = [
  "Waits for",
  ...["Overdue now", "Due in 24\u00A0h", "Deleted, 24\u00A0h", "Deleted, 7\u00A0days"].map(
    (figures) => ({ figures }),
  ),
  "Last sweep",
  "Next run",
];

/** Policies, a row each: what each removes and how it is doing. A key that may not see the latter sees no columns of it. */
export function PolicyTable({ policies, now }: PolicyTableProps) {
  const seesStates = policies.some(({ state }) => state !== null);
  return (
    <Table
      label="Table of policies"
      heads={["Policy", "Mode", ...(seesStates ? STATE_HEADS : []), "Removes"]}
      rows={policies.map((entry) => (
        <tr>
          <th scope="row">
            <a href={`/policies/${entry.id}`}>{entry.id}</a>
          </th>
          <td>
            <Status of={entry.policy?.mode ?? "invalid"} />
          </td>
          {entry.state === null ? null : <StateCells state={entry.state} now={now} />}
          <td>
            <Says entry={entry} />
          </td>
        </tr>
      ))}
      none="There are none that your key sees."
    />
  );
}

function Says({ entry: { policy, errors } }: { readonly entry: Entry }) {
  return (
    <>
      {policy === null ? null : <p class="small">from {policy.source}</p>}
      {policy?.expire.map((clause) => (
        <p>
          <Prose of={clauseWords(clause)} />
        </p>
      ))}
      <FieldErrors of={errors} />
    </>
  );
}

function StateCells({ state, now }: { readonly state: PolicyState; readonly now: number }) {
  const { waits_for: waits, removals_24h: day, removals_7d: week, last_sweep: last } = state;
  return (
    <>
      <td>
        {waits.length === 0 ? <span class="soft">nothing</span> : waits.map(spelled).join(", ")}
      </td>
      <Figures of={[state.backlog, state.due_next_24h, day.deleted ?? 0, week.deleted ?? 0]} />
      <td>
        {last === null ? (
          <span class="soft">none</span>
        ) : (
          <>
            <a href={`/sweeps/${last.id}`}>{spelled(last.status)}</a>,{" "}
            <Time at={last.created_at} now={now} />
          </>
        )}
      </td>
      <td>
        <Time at={state.next_run_at} now={now} none="not known" />
      </td>
    </>
  );
}
