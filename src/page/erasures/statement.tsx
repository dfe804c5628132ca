import type { ErasureReport, ErasureSourceReport } from "../../core/report/erasure.ts";
import { Scroll } from "../frame/scroll.tsx";
import { Figure } from "../frame/values.tsx";
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
        <dt>Request</dt>
        <dd>{erasure.reference ?? erasure.id}</dd>
        <dt>Under</dt>
        <dd>{lawWords(erasure)}</dd>
        <dt>Received</dt>
        <dd>{utcWords(erasure.requested_at)}</dd>
        <dt>Ended</dt>
        <dd>{ended === null ? `not yet; due by ${utcWords(erasure.due_at)}` : utcWords(ended)}</dd>
        <dt>The person was named by</dt>
        <dd>{kindWords(erasure.identifier_types)}</dd>
        {limits.sources === null && limits.scopes === null ? null : (
          <>
            <dt>Looked for only in</dt>
            <dd>{[...(limits.sources ?? []), ...(limits.scopes ?? [])].join(", ")}</dd>
          </>
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
    <Scroll label="Table of systems">
      <table>
        <thead>
          <tr>
            <th scope="col">System</th>
            <th scope="col" class="number">
              Found
            </th>
            <th scope="col" class="number">
              Removed
            </th>
            <th scope="col">What was left, and why</th>
            <th scope="col">Read again</th>
          </tr>
        </thead>
        <tbody>
          {parts.map(([name, part]) => {
            const notes = [...leftWords(part), ...troubleWords(part)];
            const read = part.verified_at.at(-1);
            return (
              <tr>
                <th scope="row">{name}</th>
                <td class="number">
                  <Figure of={part.found} />
                </td>
                <td class="number">
                  <Figure of={removedIn(part)} />
                </td>
                <td>{notes.length === 0 ? "nothing" : notes.map((note) => <p>{note}</p>)}</td>
                <td>{read === undefined ? "no" : utcWords(read)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
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
