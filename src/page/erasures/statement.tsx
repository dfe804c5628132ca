import type { ErasureReport, ErasureSourceReport } from "../../core/report/erasure.ts";
import { Fact } from "../frame/facts.tsx";
import { Figures, Table } from "../frame/table.tsx";
import {
  keptWords,
  kindWords,
  lawWords,
  leftWords,
  outcomeWords,
  removedIn,
  troubleWords,
  utcWords,
} from "./statement_words.ts";

/** What an erasure did, in plain words. It is all of its page that is printed. */
export function Statement({
  erasure,
  now,
}: {
  readonly erasure: ErasureReport;
  readonly now: number;
}) {
  const { limited_to: limits, finished_at: ended } = erasure;
  const parts = Object.entries(erasure.sources);
  return (
    <section class="card" aria-labelledby="statement">
      <h2 id="statement">Statement</h2>
      <p>
        <strong>{outcomeWords(erasure)}</strong>
      </p>
      <dl class="facts">
        <Fact name="Request">{erasure.reference ?? erasure.id}</Fact>
        <Fact name="Under">{lawWords(erasure)}</Fact>
        <Fact name="Received">{utcWords(erasure.requested_at)}</Fact>
        <Fact name="Ended">
          {ended === null ? `not yet; due by ${utcWords(erasure.due_at)}` : utcWords(ended)}
        </Fact>
        <Fact name="The person was named by">{kindWords(erasure.identifier_types)}</Fact>
        {limits.sources === null && limits.scopes === null ? null : (
          <Fact name="Looked for only in">
            {[...(limits.sources ?? []), ...(limits.scopes ?? [])].join(", ")}
          </Fact>
        )}
      </dl>
      {parts.length === 0 ? null : <Systems parts={parts} />}
      <Kept parts={parts} />
      <p class="small">
        A session counts as the person's if it names the person by exactly what the request gave.
        This says what could be seen with the access that Lethe has, and no more. Made{" "}
        {utcWords(new Date(now).toISOString())}; record {erasure.id}.
      </p>
    </section>
  );
}

type Parts = readonly (readonly [string, ErasureSourceReport])[];

function Systems({ parts }: { readonly parts: Parts }) {
  return (
    <Table
      label="Table of systems"
      heads={[
        "System",
        { figures: "Found" },
        { figures: "Removed" },
        "What was left, and why",
        "Read again",
      ]}
      rows={parts.map(([name, part]) => {
        const notes = [...leftWords(part), ...troubleWords(part)];
        const read = part.verified_at.at(-1);
        return (
          <tr>
            <th scope="row">{name}</th>
            <Figures of={[part.found, removedIn(part)]} />
            <td>{notes.length === 0 ? "nothing" : notes.map((note) => <p>{note}</p>)}</td>
            <td>{read === undefined ? "no" : utcWords(read)}</td>
          </tr>
        );
      })}
    />
  );
}

/** What providers keep that Lethe cannot remove. */
function Kept({ parts }: { readonly parts: Parts }) {
  const keeping = parts.filter(([, { not_erased: kept }]) => kept.length > 0);
  const byWords = Map.groupBy(keeping, ([, { not_erased: kept }]) => keptWords(kept));
  return keeping.length === 0 ? null : (
    <>
      <h3>What the systems keep beside sessions, and Lethe cannot remove</h3>
      {[...byWords].map(([words, alike]) => (
        <p class="small">
          {alike.map(([name]) => name).join(", ")}: {words}.
        </p>
      ))}
    </>
  );
}
