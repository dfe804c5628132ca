import type { Command } from "commander";
import * as z from "zod";
import type { Stop } from "../../../src/core/rule/explain.ts";
import { spelled } from "../../../src/core/values/words.ts";
import type { Start } from "../action.ts";
import { read } from "../answers.ts";
import type { Desk } from "../desk.ts";
import type { ExitCode } from "../exit.ts";
import { when } from "../layout.ts";

const text = z.string().nullable();

const Policy = z.looseObject({
  policy: z.string(),
  mode: text,
  verdict: text,
  unmatched_by: text,
  clause_words: text,
  due_at: text,
  swept_next_at: text,
  stopped_by: z.array(z.string()),
});

/** What is shown of an explanation; the JSON line has all of it. */
const Explanation = z.looseObject({
  source: text,
  scope: text,
  session: z.looseObject({ clocks: z.record(z.string(), text), busy: z.boolean() }).nullable(),
  hold: text,
  policies: z.array(Policy),
  planned: z.array(z.looseObject({ job: z.string(), preview: z.boolean(), disposition: text })),
  removed: z.looseObject({ job: text, disposition: z.string(), at: z.string() }).nullable(),
  searched: z.array(z.looseObject({ source: z.string(), outcome: z.string(), detail: text })),
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
  where: { readonly source?: string; readonly scope?: string },
): Promise<ExitCode> {
  const answer = await (await api()).post("/v1/explain", { id, ...where });
  output.record(answer);
  const explained = read(Explanation, answer, "explanation");
  const { source, scope, policies } = explained;
  const now = world.now();
  output.say(id);
  output.say(source === null ? null : `in ${[source, scope].filter(Boolean).join(", ")}`, "  ");
  factsOf(explained, now).map((one) => output.say(one, "  "));
  for (const policy of policies) {
    output.say(`${policy.policy} (${policy.mode ?? "invalid"}): ${verdictOf(policy, now)}.`);
    reasonsOf(policy, now).map((one) => output.say(one, "  "));
  }
  return codeOf(explained);
}

/** The exit code: an id that nothing knows names what is not there, unless some source did not answer. */
function codeOf({ session, removed, planned, searched }: Explanation): ExitCode {
  if (session !== null || removed !== null || planned.length > 0) {
    return 0;
  }
  return searched.some(({ outcome }) => outcome === "unavailable") ? 3 : 2;
}

/** Where it is, whether it was, and where that is not known. */
function factsOf(explained: Explanation, now: number): string[] {
  const { session, hold, planned, removed, searched } = explained;
  const isSure = searched.every(({ outcome }) => !UNSURE.has(outcome));
  const isHere = session !== null;
  return [
    ...(removed === null ? [] : [endOf(removed, isHere, now)]),
    ...(isHere ? clocksOf(session, now) : []),
    ...(isHere || (isSure && removed !== null)
      ? []
      : [isSure ? "It is not there." : "It was not found where it was looked for."]),
    ...(hold === null ? [] : [`The hold ${hold} keeps it.`]),
    ...planned.map(({ job, preview, disposition }) => {
      const became = disposition === null ? "" : `: ${spelled(disposition)}`;
      return `It is in the plan of ${preview ? "the preview " : ""}${job}${became}.`;
    }),
    ...searched
      .filter(({ outcome }) => !isHere || UNSURE.has(outcome))
      .map(({ source, outcome, detail }) => {
        const words = OUTCOMES[outcome] ?? spelled(outcome);
        return `${source} ${words}${detail === null ? "" : `: ${detail}`}.`;
      }),
  ];
}

const OUTCOMES: Readonly<Record<string, string>> = {
  found: "has it",
  absent: "does not have it",
  planned: "does not have it, and a plan still does",
  removed: "had it, and Lethe removed it",
  not_searched: "was not searched",
  unavailable: "did not answer",
};

function endOf(
  { job, disposition, at }: NonNullable<Explanation["removed"]>,
  isHere: boolean,
  now: number,
): string {
  const by = job ?? "a caller of the embedded store";
  const what = isHere ? "One of this id went before" : "It is gone";
  return `${what}: ${spelled(disposition)} at ${when(at, now)}, by ${by}.`;
}

function clocksOf({ clocks, busy }: NonNullable<Explanation["session"]>, now: number): string[] {
  return [
    ...Object.entries(clocks).map(
      ([clock, at]) => `${clock}: ${at === null ? "cannot be read" : when(at, now)}`,
    ),
    ...(busy ? ["It is in use."] : []),
  ];
}

/** What a policy says of it, as the end of a sentence. */
function verdictOf(policy: z.output<typeof Policy>, now: number): string {
  const due = policy.due_at === null ? "" : ` ${when(policy.due_at, now)}`;
  switch (policy.verdict) {
    case "due":
      return `it is due, since${due}`;
    case "not_due":
      return `it is not due before${due}`;
    case "not_matched":
      return `it is not meant, because of ${policy.unmatched_by ?? "match"}`;
    case "undated":
      return "when it is due is not known";
    case "unread":
      return `it may be due since${due}, but its activity could not be read`;
    case "with_parent":
      return "it is not due itself, and goes with the session that made it";
    default:
      return policy.mode === null ? "it can remove nothing" : (policy.verdict ?? "it says nothing");
  }
}

function reasonsOf(policy: z.output<typeof Policy>, now: number): string[] {
  const { clause_words: words, swept_next_at: next, stopped_by: stops } = policy;
  return [
    ...(words === null ? [] : [`Its clause: ${words}.`]),
    ...(next === null ? [] : [`The next sweep that would take it: ${when(next, now)}.`]),
    ...stops.map((stop) => `Kept back: ${STOP_WORDS[stop] ?? spelled(stop)}.`),
  ];
}

/** A newer Worker may know others. */
const STOP_WORDS: Readonly<Partial<Record<string, string>>> = {
  undated: "it has no clock that can be read",
  busy: "it is in use",
  has_children: "a session that it made keeps it",
  min_age: "it is younger than the least age",
  latest: "it is among the latest, which are kept",
  latest_unknown: "whether it is among the latest, which are kept, is not known",
  hold: "a hold matches it",
  paused: "removals are paused",
  restraints_unconfirmed: "its source could not confirm holds and pauses",
  resting: "the last tries failed, and it rests",
  brake: "the brake stopped the plan",
  source_empty: "the source looked empty",
  needs_approval: "the plan waits for an approval",
  behind_budget: "the budget takes others first",
  policy_off: "the policy is off",
  policy_observe: "the policy only observes",
  policy_superseded: "the policy has a newer version",
  policy_invalid: "the policy is invalid",
  not_this_provider_clock: "the policy names a clock that its source does not have",
} satisfies Readonly<Record<Stop, string>>;
