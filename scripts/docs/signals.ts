import { ATTENTION } from "../../src/core/report/attention.ts";
import { CALLBACK_TYPES } from "../../src/core/report/callback.ts";
import { JOB_ERRORS } from "../../src/core/report/job_errors.ts";
import { METRICS } from "../../src/core/report/metrics.ts";
import { LOG_EVENTS } from "../../src/platform/log.ts";

/** Every matter that may need a person. */
export function attention(): string[] {
  return Object.entries(ATTENTION).map(
    ([code, { when, settled_by: settledBy }]) =>
      `- \`${code}\`: ${sentence(when)} **Settled by:** ${sentence(settledBy)}`,
  );
}

/** Every event of the log. */
export function logEvents(): string[] {
  return Object.entries(LOG_EVENTS).map(
    ([name, { level, when, fields }]) =>
      `- \`${name}\` (${level}): ${sentence(when)} Fields: ${sentence(fields)}`,
  );
}

/** Every metric. */
export function metrics(): string[] {
  return Object.entries(METRICS).map(([name, metric]) => {
    const labels = metric.labels.map((label) => `\`${label}\``);
    const more = "more" in metric ? ` ${metric.more}` : "";
    return `- \`${name}\` (${[metric.type, ...labels].join(", ")}): ${sentence(metric.help)}${more}`;
  });
}

/** Every type of event that the callback takes. */
export function callbackTypes(): string[] {
  return Object.entries(CALLBACK_TYPES).map(
    ([name, { when, data }]) => `- \`${name}\`: ${sentence(when)} Data: ${sentence(data)}`,
  );
}

/** Every error of a job, and what to do about it. */
export function jobErrors(): string[] {
  return Object.entries(JOB_ERRORS).map(
    ([code, { meaning, mend }]) => `- \`${code}\`: ${meaning} **Do:** ${mend}`,
  );
}

/** With a full stop at its end. */
function sentence(text: string): string {
  return text.endsWith(".") ? text : `${text}.`;
}
