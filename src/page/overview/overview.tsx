import type { SweepReport } from "../../core/report/sweep.ts";
import type { PageContext } from "../context.ts";
import { page } from "../frame/frame.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { SweepTable } from "../sweeps/sweep_table.tsx";
import { Status } from "../frame/values.tsx";

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
      {sweeps.ok ? (
        <section id="sweeps" data-live>
          <h2>The newest sweeps</h2>
          <SweepTable sweeps={sweeps.value.data} now={now} />
        </section>
      ) : null}
    </>,
  );
}
