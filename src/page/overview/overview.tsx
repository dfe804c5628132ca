import type { HealthReport } from "../../api/health.ts";
import type { ErasureReport } from "../../core/report/erasure.ts";
import type { SwitchReport } from "../../core/report/hold.ts";
import type { SweepReport } from "../../core/report/sweep.ts";
import type { PageContext } from "../context.ts";
import { page } from "../frame/frame.tsx";
import type { List } from "../frame/list.tsx";
import { ProblemNote } from "../frame/refusal.tsx";
import { Status } from "../frame/values.tsx";
import { PolicyTable, type Entry } from "../policies/policy_table.tsx";
import { SweepTable } from "../sweeps/sweep_table.tsx";
import { AttentionNotes } from "./attention.tsx";
import { OPEN_ERASURES_PATH, OpenErasures } from "./open_erasures.tsx";
import { Removals, REMOVALS_PATH, type RemovalsSums } from "./removals.tsx";
import { SourceTable } from "./sources.tsx";
import { Switch } from "./switch.tsx";

/** The first page: what needs a person, the switch, how policies and sources are doing, what was removed. */
export async function showOverview(c: PageContext) {
  const api = c.get("api");
  const now = c.get("deps").now();
  const [health, turned, policies, erasures, removals, sweeps] = await Promise.all([
    api.get<HealthReport>("/healthz"),
    api.get<SwitchReport>("/v1/switch"),
    api.get<List<Entry>>("/v1/policies?limit=50"),
    api.get<List<ErasureReport>>(OPEN_ERASURES_PATH),
    api.get<RemovalsSums>(REMOVALS_PATH),
    api.get<List<SweepReport>>("/v1/sweeps?limit=10"),
  ]);
  return page(
    c,
    "Overview",
    <>
      {health.ok ? (
        <Matters c={c} health={health.value} policies={policies.ok ? policies.value.data : []} />
      ) : (
        <ProblemNote problem={health.problem} />
      )}
      {turned.ok ? <Switch c={c} state={turned.value} /> : null}
      {policies.ok ? (
        <section id="policies" data-live>
          <h2>Policies</h2>
          <PolicyTable policies={policies.value.data} now={now} />
        </section>
      ) : null}
      {health.ok && health.value.sources !== undefined ? (
        <SourceTable
          sources={health.value.sources}
          paused={new Set(turned.ok ? turned.value.still_paused : [])}
          now={now}
        />
      ) : null}
      {erasures.ok ? <OpenErasures open={erasures.value} now={now} /> : null}
      {removals.ok ? <Removals sums={removals.value} /> : null}
      {sweeps.ok ? (
        <section id="sweeps" data-live>
          <h2>The newest sweeps</h2>
          <SweepTable sweeps={sweeps.value.data} now={now} />
        </section>
      ) : null}
    </>,
  );
}

interface MattersProps {
  readonly c: PageContext;
  readonly health: HealthReport;
  readonly policies: readonly Entry[];
}

/** A key of some workspaces is told the status alone. */
function Matters({ c, health, policies }: MattersProps) {
  const { attention, attention_more: more = {} } = health;
  return attention === undefined ? (
    <p>
      <Status of={health.status} />
    </p>
  ) : (
    <AttentionNotes c={c} list={{ attention, attention_more: more }} policies={policies} />
  );
}
