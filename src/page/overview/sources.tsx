import type { HealthReport } from "../../api/health.ts";
import { Scroll } from "../frame/scroll.tsx";
import { Status, Time } from "../frame/values.tsx";

type Sources = NonNullable<HealthReport["sources"]>;
type Pace = Sources[string]["pace"];

interface SourcesProps {
  readonly sources: Sources;
  /** Those from which nothing is removed now. */
  readonly paused: ReadonlySet<string>;
  readonly now: number;
}

/** Sources, a row each: whether each answers, how fast it may be called, and when it was last heard of. */
export function SourceTable({ sources, paused, now }: SourcesProps) {
  return (
    <section id="sources" data-live>
      <h2>Sources</h2>
      <Scroll label="Table of sources">
        <table>
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">At</th>
              <th scope="col">Last sweep</th>
              <th scope="col">Pace, of its limit</th>
              <th scope="col">Breaker</th>
              <th scope="col">Last contact</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(sources).map(
              ([name, { endpoint, status, detail, at, since, pace }]) => (
                <tr>
                  <th scope="row">
                    {name} {paused.has(name) ? <Status of="paused" /> : null}
                  </th>
                  <td>{endpoint ?? "the embedded store"}</td>
                  <td>
                    <Status of={status} /> {detail ?? ""}
                    {status === "failing" ? (
                      <p class="small">
                        since <Time at={since} now={now} />
                      </p>
                    ) : null}
                  </td>
                  <td>{paceWords(pace)}</td>
                  <td>{pace === null ? <NotKnown /> : <Status of={pace.breaker} />}</td>
                  <td>
                    <Time at={pace?.answered_at ?? at} now={now} />
                  </td>
                </tr>
              ),
            )}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

function NotKnown() {
  return <span class="soft">not known</span>;
}

function paceWords(pace: Pace) {
  if (pace === null) {
    return <NotKnown />;
  }
  const { rate, limit } = pace;
  if (limit === null) {
    return rate === null ? "no limit" : `${figure(rate)} calls a second, as it bears now`;
  }
  return `${figure(rate ?? limit)} of ${figure(limit)} calls a second`;
}

function figure(rate: number): string {
  return rate.toLocaleString("en-US", { maximumFractionDigits: 1 });
}
