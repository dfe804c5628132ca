import { DISPOSITION_MEANINGS, DISPOSITIONS } from "../../core/count/disposition.ts";
import type { ErasureReport, ErasureSourceReport } from "../../core/report/erasure.ts";
import { guardWords } from "../../core/report/guard_words.ts";
import { spelled } from "../../core/values/words.ts";
import { may, type PageContext } from "../context.ts";
import { pageOf } from "../frame/answer.tsx";
import { Fact, People } from "../frame/facts.tsx";
import { Form } from "../frame/form.tsx";
import { Prose } from "../frame/prose.tsx";
import { ErrorNote } from "../frame/refusal.tsx";
import { Figure, Status, Time } from "../frame/values.tsx";
import { readOne } from "../frame/one.ts";
import { Statement } from "./statement.tsx";
import { statusWords } from "./statement_words.ts";
import { Blockers, readSought, Sought } from "./sought.tsx";

/** One erasure: what was found, removed and left, why, and when it was read back. It prints as a statement. */
export async function showErasure(c: PageContext) {
  const answer = await readOne<ErasureReport>(c, "erasures");
  const title = answer.ok ? `Erasure ${answer.value.reference ?? answer.value.id}` : "Erasure";
  const plan = await readSought(c, answer);
  const now = c.get("deps").now();
  return pageOf(c, title, answer, (erasure) => (
    <>
      <div class="on-screen">
        <Decide c={c} erasure={erasure} />
      </div>
      <section id="erasure" data-live={erasure.finished_at === null ? true : undefined}>
        <Statement erasure={erasure} now={now} />
        <div class="on-screen">
          <Facts erasure={erasure} now={now} />
          {erasure.blockers === null ? null : <Blockers of={erasure.blockers} />}
          {Object.entries(erasure.sources).map(([name, part]) => (
            <Source name={name} part={part} isDryRun={erasure.dry_run} now={now} />
          ))}
          {plan === null ? null : <Sought id={erasure.id} plan={plan} />}
        </div>
      </section>
    </>
  ));
}

function Decide({ c, erasure }: { readonly c: PageContext; readonly erasure: ErasureReport }) {
  const { id, status, plan_digest: digest, dry_run: isDryRun } = erasure;
  const found = Object.values(erasure.sources).reduce((sum, part) => sum + part.found, 0);
  const waits = status === "needs_approval";
  const mayApprove = waits && digest !== null && may(c, "erasures:approve");
  const mayCancel = erasure.finished_at === null && may(c, "erasures:write");
  const standing = isDryRun ? "It looks, and removes nothing" : "It goes on";
  return mayApprove || mayCancel ? (
    <section class="note" aria-labelledby="decide">
      <h2 id="decide">{waits ? "It waits for a person" : standing}</h2>
      <div class="inline">
        {mayApprove ? (
          <Form c={c} action={`/erasures/${id}/approve`} fields={{ plan_digest: digest }}>
            <button type="submit" class="danger">
              Approve: remove <Figure of={found} /> sessions, and what a read-back still finds
            </button>
          </Form>
        ) : null}
        {mayCancel ? (
          <Form c={c} action={`/erasures/${id}/cancel`}>
            <button type="submit">Cancel this {isDryRun ? "dry run" : "erasure"}</button>
          </Form>
        ) : null}
      </div>
    </section>
  ) : null;
}

/** A statement of what was not removed is no success. */
const STATEMENT: Readonly<Partial<Record<ErasureReport["status"], string>>> = {
  observed: "note",
  partial: "note warn",
};

/** The record in the words of the API. */
function Facts({ erasure, now }: { readonly erasure: ErasureReport; readonly now: number }) {
  const { sources, scopes } = erasure.limited_to;
  return (
    <>
      <h2>The record</h2>
      <p>
        <Status of={erasure.status} /> <Prose of={statusWords(erasure)} />
      </p>
      {erasure.statement === null ? null : (
        <p class={STATEMENT[erasure.status] ?? "note good"}>{erasure.statement}</p>
      )}
      <ErrorNote of={erasure.error} />
      <dl class="facts">
        <Fact name="Id">
          <code>{erasure.id}</code>
        </Fact>
        <Fact name="Named by">{erasure.identifier_types.join(", ")}</Fact>
        <Fact name="Under">{erasure.regulation ?? "not said"}</Fact>
        <Fact name="Looked in">
          {sources?.join(", ") ?? "every source"}
          {scopes === null ? "" : `, only ${scopes.join(", ")}`}
        </Fact>
        <Fact name="Asked for">
          <Time at={erasure.requested_at} now={now} />
        </Fact>
        <Fact name="Ended">
          <Time at={erasure.finished_at} now={now} none="not yet" />
        </Fact>
        <People name="Begun by" people={[erasure.started_by]} now={now} />
        <People name="Approved by" people={erasure.approved_by} now={now} />
        <People name="Cancelled by" people={[erasure.cancelled_by]} now={now} />
      </dl>
    </>
  );
}

interface SourceProps {
  readonly name: string;
  readonly part: ErasureSourceReport;
  readonly isDryRun: boolean;
  readonly now: number;
}

function Source({ name, part, isDryRun, now }: SourceProps) {
  const ends = DISPOSITIONS.filter((end) => (part.dispositions[end] ?? 0) > 0);
  return (
    <section>
      <h3>
        {name} <Status of={part.status} />
      </h3>
      {part.guard === null ? null : <p class="note warn">{guardWords(part.guard)}</p>}
      <ErrorNote of={part.error} />
      <dl class="facts">
        <Fact name="Found">
          <Figure of={part.found} />
        </Fact>
        {ends.map((end) => (
          <Fact name={spelled(end)}>
            <Figure of={part.dispositions[end] ?? 0} />{" "}
            <span class="soft">
              <Prose of={DISPOSITION_MEANINGS[end]} />
            </span>
          </Fact>
        ))}
        {part.unreadable.count === 0 ? null : (
          <Fact name="Not readable">
            <Figure of={part.unreadable.count} />
          </Fact>
        )}
        {part.unsearched === 0 ? null : (
          <Fact name="Agents not searched">
            <Figure of={part.unsearched} />
          </Fact>
        )}
        {part.unattributable === 0 ? null : (
          <Fact name="Whose is not known">
            <Figure of={part.unattributable} />
          </Fact>
        )}
        <Fact name="Read back">
          {part.verified_at.length > 0
            ? part.verified_at.map((at) => (
                <p>
                  <Time at={at} now={now} />
                </p>
              ))
            : isDryRun
              ? "no: it only looked"
              : "not yet"}
        </Fact>
        {part.not_erased.length === 0 ? null : (
          <Fact name="The provider keeps">{part.not_erased.join("; ")}</Fact>
        )}
      </dl>
    </section>
  );
}
