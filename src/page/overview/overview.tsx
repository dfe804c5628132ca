import type { SweepReport } from "../../core/report/sweep.ts";
import type { PageContext } from "../context.ts";
import { page } from "../frame/frame.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Figure, Status, Time } from "../frame/values.tsx";

/** The first page: how all is, and the newest sweeps. */
export async function showOverview(c: PageContext) {
  const api = c.get("api");
  const now = c.get("deps").now();
  const [health, sweeps] = await Promise.all([
    api.get<{ status: string }>("/healthz"),
    api.get<{ data: readonly SweepReport[] }>("/v1/sweeps?limit=10"),
  ]);
  return page(
    c,
    "Overview",
    <>
      {health.ok ? (
        <p>
          <Status of={health.value.status} />
        </p>
      ) : (
        <ProblemNote problem={health.problem} />
      )}
      {sweeps.ok ? <Sweeps sweeps={sweeps.value.data} now={now} /> : null}
    </>,
  );
}

function Sweeps({
  sweeps,
  now,
}: {
  readonly sweeps: readonly SweepReport[];
  readonly now: number;
}) {
  return (
    <section id="sweeps" data-live>
      <h2>The newest sweeps</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Policy</th>
              <th scope="col">Status</th>
              <th scope="col">Started</th>
              <th scope="col" class="number">
                Due
              </th>
            </tr>
          </thead>
          <tbody>
            {sweeps.map(({ policy, status, created_at: at, counts }) => (
              <tr>
                <th scope="row">{policy}</th>
                <td>
                  <Status of={status} />
                </td>
                <td>
                  <Time at={at} now={now} />
                </td>
                <td class="number">
                  <Figure of={counts.due} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
