import * as z from "zod";
import { fieldErrors } from "../../src/core/policy/policy.ts";
import { AttentionList } from "../../src/core/report/attention.ts";
import { ErasureReport } from "../../src/core/report/erasure.ts";
import { HoldReport, SwitchReport } from "../../src/core/report/hold.ts";
import { SweepReport } from "../../src/core/report/sweep.ts";
import { Refusal } from "../start/arguments.ts";
import { Unreachable, type ApiClient } from "../start/client.ts";

// What this command reads of an answer. What else is in it stays: a newer Worker may tell more.

export const Sweep = z.looseObject(
  SweepReport.pick({
    id: true,
    policy: true,
    source: true,
    mode: true,
    status: true,
    plan_digest: true,
    guard: true,
    counts: true,
    dispositions: true,
    histogram: true,
    error: true,
    waits_since: true,
    created_at: true,
    finished_at: true,
    difference: true,
  }).shape,
);
export type Sweep = Readonly<z.output<typeof Sweep>>;

export const Erasure = z.looseObject(
  ErasureReport.pick({
    id: true,
    status: true,
    reference: true,
    plan_digest: true,
    sources: true,
    blockers: true,
    error: true,
    waits_since: true,
    finished_at: true,
  }).shape,
);
export type Erasure = Readonly<z.output<typeof Erasure>>;

export const Hold = z.looseObject(
  HoldReport.pick({
    id: true,
    status: true,
    selector: true,
    owner: true,
    review_at: true,
    review_due: true,
    matches: true,
    warnings: true,
  }).shape,
);
export type Hold = Readonly<z.output<typeof Hold>>;

export const Switch = z.looseObject(
  SwitchReport.pick({ all: true, sources: true, still_paused: true }).shape,
);

/** Of a key that is bound to workspaces, and of one that is not known, the status alone is told. */
export const Health = z.looseObject({
  status: z.enum(["ok", "degraded"]),
  last_tick: z.string().nullish(),
  ...AttentionList.partial().shape,
});

const PlanPage = z.looseObject({
  data: z.array(
    z.looseObject({ scope: z.string(), id: z.string(), clock: z.string(), due_at: z.string() }),
  ),
});
export type Planned = z.output<typeof PlanPage>["data"][number];

/** An answer of another version, or of something that is no Lethe. */
export class UnknownAnswer extends Unreachable {}

/** Every entry of a list, over all its pages. */
export async function readAll<S extends z.ZodType>(
  api: Pick<ApiClient, "get">,
  path: string,
  entry: S,
  what: string,
): Promise<z.output<S>[]> {
  const Page = z.looseObject({ data: z.array(entry), next_cursor: z.string().nullable() });
  const found: z.output<S>[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await api.get(`${path}?limit=100${query}`);
    const page: z.output<typeof Page> = read(Page, answer, what);
    found.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return found;
}

/** So many of the longest overdue sessions of the plan of a sweep. */
export async function firstPlanned(
  api: Pick<ApiClient, "get">,
  id: string,
  most: number,
): Promise<readonly Planned[]> {
  const answer = await api.get(`/v1/sweeps/${id}/sessions?limit=${most}`);
  return read(PlanPage, answer, "page of a plan").data;
}

/** Reads an answer. `what` it must be is told where it is something else. */
export function read<S extends z.ZodType>(schema: S, answer: unknown, what: string): z.output<S> {
  const found = schema.safeParse(answer);
  if (!found.success) {
    const [{ field, message } = { field: "", message: "" }] = fieldErrors(found.error);
    const why = field === "" ? message : `${field}: ${message}`;
    throw new UnknownAnswer(
      `the answer is no ${what} that this version knows (${why}): is this a Lethe, and of this version?`,
    );
  }
  return found.data;
}

/** A sweep or an erasure by its id. */
export type Job =
  | { readonly kind: "sweep"; readonly path: string; readonly report: Sweep }
  | { readonly kind: "erasure"; readonly path: string; readonly report: Erasure };

export async function readJob(api: Pick<ApiClient, "get">, id: string): Promise<Job> {
  const path = pathOfJob(id);
  const answer = await api.get(path);
  if (answer === null) {
    throw new Refusal(`there is no ${kindOf(path)} ${id}`);
  }
  return readJobAnswer(path, answer);
}

/** What the API answers of a job: to a question, and to what is asked of it. */
export function readJobAnswer(path: string, answer: unknown): Job {
  const kind = kindOf(path);
  return kind === "sweep"
    ? { kind, path, report: read(Sweep, answer, kind) }
    : { kind, path, report: read(Erasure, answer, kind) };
}

/** The path of a sweep or an erasure, which its id tells apart. */
export function pathOfJob(id: string): string {
  if (!/^(swp|ers)_[0-9a-z]+$/.test(id)) {
    throw new Refusal("give the id of a sweep (swp_…) or of an erasure (ers_…)");
  }
  return `/v1/${id.startsWith("swp_") ? "sweeps" : "erasures"}/${id}`;
}

function kindOf(path: string): Job["kind"] {
  return path.startsWith("/v1/sweeps/") ? "sweep" : "erasure";
}
