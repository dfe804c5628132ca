import type { SoughtSession } from "../../api/erasures/sessions.ts";
import { BLOCKER_MEANINGS } from "../../core/report/erasure_blocker.ts";
import type { ErasureReport } from "../../core/report/erasure.ts";
import type { Answer } from "../call.ts";
import { may, type PageContext } from "../context.ts";
import { Pager, queryOf, readList, type List } from "../frame/list.tsx";
import { Prose } from "../frame/prose.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { SessionHead, Table } from "../frame/table.tsx";
import { Figure, Status } from "../frame/values.tsx";

/** A page of the sessions of a plan that waits to be looked at; null: there is none, or the key may not see it. */
export async function readSought(
  c: PageContext,
  erasure: Answer<ErasureReport>,
): Promise<Answer<List<SoughtSession>> | null> {
  if (!erasure.ok || !WITH_PLAN.has(erasure.value.status) || !may(c, "sessions:read")) {
    return null;
  }
  const path = `/v1/erasures/${encodeURIComponent(erasure.value.id)}/sessions`;
  return readList(c, path, queryOf(c), 100);
}

const WITH_PLAN: ReadonlySet<string> = new Set(["observed", "needs_approval"]);

interface SoughtProps {
  readonly id: string;
  readonly plan: Answer<List<SoughtSession>>;
}

/** The sessions of a plan, and why each matched. */
export function Sought({ id, plan }: SoughtProps) {
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">The sessions, and why each is among them</h2>
      {plan.ok ? (
        <>
          <Table
            label="Table of sessions"
            heads={["Session", "Source", "Why", "What becomes of it"]}
            rows={plan.value.data.map((one) => (
              <Row one={one} />
            ))}
          />
          <Pager path={`/erasures/${id}`} next={plan.value.next_cursor} />
        </>
      ) : (
        <ProblemNote problem={plan.problem} />
      )}
    </section>
  );
}

function Row({ one }: { readonly one: SoughtSession }) {
  return (
    <tr>
      <SessionHead scope={one.scope} id={one.id} />
      <td>{one.source}</td>
      <td>
        {one.child_of === null ? (
          `matches by ${one.matched_by.join(", ")}`
        ) : (
          <>
            was made by <code>{one.child_of.id}</code> in {one.child_of.scope}
          </>
        )}
      </td>
      <td>
        {one.disposition === null ? "to be removed" : <Status of={one.disposition} />}
        {one.held_by === null ? null : (
          <>
            {" "}
            by <a href={`/holds/${one.held_by}`}>{one.held_by}</a>
          </>
        )}
      </td>
    </tr>
  );
}

/** What stands against an erasure that was looked at first. */
export function Blockers({ of }: { readonly of: NonNullable<ErasureReport["blockers"]> }) {
  return (
    <section class="note warn" aria-labelledby="blockers">
      <h2 id="blockers">What stands against it</h2>
      {of.length === 0 ? (
        <p>Nothing: the erasure would remove all that was found.</p>
      ) : (
        <ul>
          {of.map(({ code, source, sessions }) => (
            <li>
              <Status of={code} />{" "}
              {sessions === null ? null : (
                <>
                  <Figure of={sessions} />{" "}
                </>
              )}
              {source === null ? null : `in ${source}: `}
              <Prose of={BLOCKER_MEANINGS[code]} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
