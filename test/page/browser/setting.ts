import type { SweepReport } from "../../../src/core/report/sweep.ts";
import type { World } from "./world.ts";

/** A text that somebody hostile would write where free text is taken. */
const HOSTILE = `"><img src="https://elsewhere.invalid/" onerror="alert(1)"><script>alert(1)</script>`;

const IDLE = {
  description: HOSTILE,
  source: "agent_sessions",
  expire: [{ clock: "last_active_at", after: "P2D" }],
  mode: "enforce",
  brake: { items: 5 },
  note: HOSTILE,
};

/** What there is to be looked at: an ended sweep, a braked one, an erasure, a hold, a pause. */
export interface Setting {
  readonly ended: string;
  readonly braked: string;
  readonly erasure: string;
  /** Every page that a link leads to. */
  readonly paths: readonly string[];
}

/** Makes them by the API. */
export async function prepare({ ask, until }: World): Promise<Setting> {
  const shipped = "expired-client-sessions";
  const { data: swept } = await until<{ data: readonly SweepReport[] }>(
    `/v1/sweeps?policy=${shipped}`,
    ({ data }) => data.some(({ status }) => status === "completed"),
  );
  const ended = swept.find(({ status }) => status === "completed")?.id ?? "";
  await ask("PUT", "/v1/policies/idle", IDLE);
  const { id: braked } = await ask<SweepReport>("POST", "/v1/sweeps", { policy: "idle" });
  await until<SweepReport>(`/v1/sweeps/${braked}`, ({ status }) => status === "braked");
  const { id: hold } = await ask<{ id: string }>("POST", "/v1/holds", {
    selector: { kind: "scope", source: "agent_sessions", globs: ["agt_billing"] },
    ground: { text: HOSTILE },
    owner: HOSTILE,
    review_at: new Date(Date.now() + 30 * 86_400_000).toISOString(),
  });
  const { id: erasure } = await ask<{ id: string }>("POST", "/v1/erasures", {
    subject: { identifiers: [{ type: "user_identifier_key", value: "guest_0007" }] },
    reference: HOSTILE,
    regulation: "gdpr",
  });
  await until<{ finished_at: string | null }>(
    `/v1/erasures/${erasure}`,
    ({ finished_at: at }) => at !== null,
  );
  const { id: preview } = await ask<SweepReport>("POST", "/v1/policies/idle/preview", {
    policy: { ...IDLE, expire: [{ clock: "last_active_at", after: "P1D" }] },
    compare: "stored",
  });
  await until<SweepReport>(`/v1/sweeps/${preview}`, ({ status }) => status === "observed");
  await ask("PUT", "/v1/switch", { paused: true, source: "client_sessions", reason: HOSTILE });
  const paths = [
    "/",
    "/policies",
    "/policies/idle",
    `/policies/${shipped}`,
    "/sweeps",
    `/sweeps/${ended}`,
    `/sweeps/${braked}`,
    `/sweeps/${braked}/plan`,
    `/sweeps/${preview}`,
    "/erasures",
    `/erasures/${erasure}`,
    "/holds",
    `/holds/${hold}`,
    `/holds/${hold}/release`,
    "/explain",
    "/activity",
  ];
  return { ended, braked, erasure, paths };
}
