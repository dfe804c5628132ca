import type * as z from "zod";
import type { PolicyEntry } from "../../api/policies/policies.ts";
import { clauseWords } from "../../core/policy/clause_words.ts";
import type { PolicyState } from "../../core/report/policy_state.ts";
import { Prose } from "../frame/prose.tsx";
import { Scroll } from "../frame/scroll.tsx";
import { Count, Status, Time } from "../frame/values.tsx";

type Entry = Readonly<z.output<typeof PolicyEntry>>;

/** A page of policies as the API answers it. */
export interface PoliciesPage {
  readonly data: readonly Entry[];
  readonly next_cursor: string | null;
}

interface PolicyTableProps {
  readonly policies: PoliciesPage["data"];
  readonly now: number;
}

/** Policies, a row each: what each removes and how it is doing. A key that may not see the latter sees no columns of it. */
export function PolicyTable({ policies, now }: PolicyTableProps) {
  const seesStates = policies.some(({ state }) => state !== null);
  return policies.length === 0 ? (
    <p class="soft">There are none that your key sees.</p>
  ) : (
    <Scroll label="Table of policies">
      <table>
        <thead>
          <tr>
            <th scope="col">Policy</th>
            <th scope="col">Mode</th>
            {seesStates ? <StateHeads /> : null}
            <th scope="col">Removes</th>
          </tr>
        </thead>
        <tbody>
          {policies.map((entry) => (
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
        </tbody>
      </table>
    </Scroll>
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
      {errors.map(({ field, message }) => (
        <p>
          <code>{field}</code>: {message}
        </p>
      ))}
    </>
  );
}

function StateHeads() {
  return (
    <>
      <th scope="col">Waits for</th>
      <th scope="col" class="number">
        Overdue now
      </th>
      <th scope="col" class="number">
        {"Due in 24\u00A0h"}
      </th>
      <th scope="col" class="number">
        {"Deleted, 24\u00A0h"}
      </th>
      <th scope="col" class="number">
        {"Deleted, 7\u00A0days"}
      </th>
      <th scope="col">Last sweep</th>
      <th scope="col">Next run</th>
    </>
  );
}

function StateCells({ state, now }: { readonly state: PolicyState; readonly now: number }) {
  const { removals_24h: day, removals_7d: week, last_sweep: last, next_run_at: next } = state;
  return (
    <>
      <td>
        <Waits for={state.waits_for} />
      </td>
      {[state.backlog, state.due_next_24h, day.deleted ?? 0, week.deleted ?? 0].map((count) => (
        <td class="number">
          <Count of={count} />
        </td>
      ))}
      <td>
        {last === null ? (
          <span class="soft">none</span>
        ) : (
          <>
            <a href={`/sweeps/${last.id}`}>{last.status.replaceAll("_", " ")}</a>,{" "}
            <Time at={last.created_at} now={now} />
          </>
        )}
      </td>
      <td>{next === null ? <Count of={null} /> : <Time at={next} now={now} />}</td>
    </>
  );
}

/** What may keep a policy from removing anything. */
function Waits({ for: waits }: { readonly for: PolicyState["waits_for"] }) {
  return waits.length === 0 ? (
    <span class="soft">nothing</span>
  ) : (
    <>{waits.map(spell).join(", ")}</>
  );
}

function spell(code: string): string {
  return code.replaceAll("_", " ");
}
