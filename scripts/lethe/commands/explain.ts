import type { Command } from "commander";
import * as z from "zod";
import type { Start } from "../action.ts";
import { read } from "../answers.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { when, wrap } from "../layout.ts";

const time = z.string().nullable();

const Policy = z.looseObject({
  policy: z.string(),
  mode: z.string().nullable(),
  verdict: z.string().nullable(),
  unmatched_by: z.string().nullable(),
  clause_words: z.string().nullable(),
  due_at: time,
  swept_next_at: time,
  stopped_by: z.array(z.string()),
});

/** What is shown of an explanation; the JSON line has all of it. */
const Explanation = z.looseObject({
  source: z.string().nullable(),
  scope: z.string().nullable(),
  session: z.looseObject({ clocks: z.record(z.string(), time), busy: z.boolean() }).nullable(),
  hold: z.string().nullable(),
  policies: z.array(Policy),
  planned: z.array(z.looseObject({ job: z.string() })),
  removed: z
    .looseObject({ job: z.string().nullable(), disposition: z.string(), at: z.string() })
    .nullable(),
  searched: z.array(
    z.looseObject({ source: z.string(), outcome: z.string(), detail: z.string().nullable() }),
  ),
});
type Explanation = Readonly<z.output<typeof Explanation>>;

/** Where it may be all the same. */
const UNSURE: ReadonlySet<string> = new Set(["not_searched", "unavailable"]);

export function addExplain(program: Command, start: Start): void {
  program
    .command("explain")
    .description("tell why one session is removed, or is not, and how it went")
    .argument("<id>", "the session")
    .option("--source <source>", "look in this source alone")
    .option("--scope <scope>", "look in this workspace or agent alone")
    .action(start(explain));
}

async function explain(
  { api, output, world }: Desk,
  id: string,
  { source, scope }: { readonly source?: string; readonly scope?: string },
): Promise<ExitCode> {
  const where = { ...(source !== undefined && { source }), ...(scope !== undefined && { scope }) };
  const answer = await (await api()).post("/v1/explain", { id, ...where });
  output.record(answer);
  for (const [text, indent] of told(id, read(Explanation, answer, "explanation"), world.now())) {
    wrap(text, output.width, indent).map(output.line);
  }
  return 0;
}

/** What is told, and how far it is moved in. */
function told(id: string, explained: Explanation, now: number): [text: string, indent: string][] {
  const { source, scope, session, hold, policies, planned, removed, searched } = explained;
  const facts = [
    ...(removed === null
      ? []
      : [`${removed.disposition} ${when(removed.at, now)}, by ${removed.job ?? "a caller"}`]),
    ...(session === null ? [absence(searched)] : clocksOf(session, now)),
    ...(hold === null ? [] : [`held by ${hold}`]),
    ...planned.map(({ job }) => `in the plan of ${job}`),
    ...searched
      .filter(({ outcome }) => session === null || UNSURE.has(outcome))
      .map(({ source: one, outcome, detail }) =>
        [`${one}: ${outcome.replaceAll("_", " ")}`, ...(detail === null ? [] : [detail])].join(
          ", ",
        ),
      ),
  ];
  return [
    [[id, ...[source, scope].filter((one) => one !== null)].join("  "), ""],
    ...facts.map((text): [string, string] => [text, "  "]),
    ...policies.flatMap((policy): [string, string][] => [
      [`${policy.policy} (${policy.mode ?? "invalid"}): ${policy.verdict ?? "says nothing"}`, ""],
      ...verdictOf(policy, now).map((text): [string, string] => [text, "  "]),
    ]),
  ];
}

function absence(searched: Explanation["searched"]): string {
  return searched.some(({ outcome }) => UNSURE.has(outcome))
    ? "it was not found where it was looked for"
    : "it is not there";
}

function clocksOf({ clocks, busy }: NonNullable<Explanation["session"]>, now: number): string[] {
  return [
    ...Object.entries(clocks).map(
      ([clock, at]) => `${clock}: ${at === null ? "not readable" : when(at, now)}`,
    ),
    ...(busy ? ["it is in use"] : []),
  ];
}

function verdictOf(policy: z.output<typeof Policy>, now: number): string[] {
  const { unmatched_by: unmatched, clause_words: words, due_at: due } = policy;
  return [
    ...(unmatched === null ? [] : [`left out by ${unmatched}`]),
    ...(words === null ? [] : [words]),
    ...(due === null ? [] : [`due ${when(due, now)}`]),
    ...(policy.swept_next_at === null ? [] : [`would go ${when(policy.swept_next_at, now)}`]),
    ...(policy.stopped_by.length === 0 ? [] : [`stopped by: ${policy.stopped_by.join(", ")}`]),
  ];
}
