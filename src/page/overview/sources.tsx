import type { HealthReport } from "../../api/health.ts";
import { Table } from "../frame/table.tsx";
import { Count, Status, Time } from "../frame/values.tsx";

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
      <Table
        label="Table of sources"
        heads={["Source", "At", "Last sweep", "Pace, of its limit", "Breaker", "Last contact"]}
        rows={Object.entries(sources).map(([name, source]) => (
          <Row name={name} source={source} isPaused={paused.has(name)} now={now} />
        ))}
      />
    </section>
  );
}

interface RowProps {
  readonly name: string;
  readonly source: Sources[string];
  readonly isPaused: boolean;
  readonly now: number;
}

function Row({ name, source, isPaused, now }: RowProps) {
  const { endpoint, status, detail, at, since, pace } = source;
  return (
    <tr>
      <th scope="row">
        {name} {isPaused ? <Status of="paused" /> : null}
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
      <td>{pace === null ? <Count of={null} /> : <Status of={pace.breaker} />}</td>
      <td>
        <Time at={pace?.answered_at ?? at} now={now} />
      </td>
    </tr>
  );
}

function paceWords(pace: Pace) {
  if (pace === null) {
    return <Count of={null} />;
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
