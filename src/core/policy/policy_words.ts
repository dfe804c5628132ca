import { clauseWords, durationWords } from "./clause_words.ts";
import { figure } from "../values/words.ts";
import { SHARE_COUNTS_FROM, type Policy } from "./policy.ts";

/** What a policy means, a sentence for each thing it says. Names of fields stand between backticks. */
export function policyWords(policy: Policy): readonly string[] {
  return [
    ...policy.expire.map(
      (clause, place) => `${place === 0 ? "Removed" : "Or removed"} ${clauseWords(clause)}.`,
    ),
    ...matchWords(policy),
    ...keepWords(policy.keep),
    ...(policy.children === undefined
      ? []
      : ["The nameless sessions that a due session has made go with it."]),
    ...limitWords(policy),
    ...(policy.approval === "changes"
      ? ["The first plan of a version that may remove more waits for approval."]
      : policy.approval === "every"
        ? ["Each plan waits for approval."]
        : []),
    scheduleWords(policy.schedule),
    `${policy.verify} % of what it removes is read back.`,
  ];
}

function matchWords({ source, match }: Policy): string[] {
  if (match === undefined) {
    return [`It is about every session of ${source}.`];
  }
  const { scope, metadata = {}, orphan } = match;
  return [
    ...(scope === undefined ? [] : [`Only in these workspaces or agents: ${scope.join(", ")}.`]),
    ...Object.entries(metadata).map(
      ([path, value]) => `Only where \`${path}\` of the metadata is ${JSON.stringify(value)}.`,
    ),
    ...(orphan === undefined
      ? []
      : ["Only sessions that name nobody and whose person cannot be found."]),
  ];
}

function keepWords({ min_age: age, latest }: NonNullable<Policy["keep"]> = {}): string[] {
  return [
    ...(age === undefined ? [] : [`What is younger than ${durationWords(age)} stays.`]),
    ...(latest === undefined
      ? []
      : [
          `The newest ${latest === 1 ? "" : `${latest} `}of each person stay${latest === 1 ? "s" : ""}.`,
        ]),
  ];
}

function limitWords({ budget, brake }: Policy): string[] {
  const pace =
    budget.per_second === undefined ? "" : `, with at most ${budget.per_second} calls a second`;
  const items =
    brake.items === undefined ? "" : `more than ${figure(brake.items)} sessions are due, or if `;
  return [
    `One sweep removes at most ${figure(budget.items)} sessions, the longest overdue first${pace}.`,
    `A sweep waits for a person if ${items}${SHARE_COUNTS_FROM} sessions or more are due and they are more than ${brake.percent} % of those that it is about.`,
  ];
}

function scheduleWords(schedule: Policy["schedule"]): string {
  if (schedule === undefined) {
    return "It runs at every tick if the source is the embedded store or on this machine, and hourly if it is elsewhere.";
  }
  if (typeof schedule === "string") {
    return `It runs by \`${schedule}\` in UTC.`;
  }
  const { cron, zone, jitter } = schedule;
  const spread = jitter === undefined ? "" : `, spread over ${durationWords(jitter)}`;
  return `It runs by \`${cron}\` in ${zone}${spread}.`;
}
