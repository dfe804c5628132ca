import type { GuardStop } from "../../core/report/job.ts";

/** Why a plan waits, in a sentence. */
export function guardWords(guard: GuardStop): string {
  switch (guard.code) {
    case "brake_items":
      return `${count(guard.due)} sessions are due, and the policy's brake lets ${count(guard.limit)} pass.`;
    case "brake_percent":
      return `${count(guard.due)} of ${count(guard.matched)} sessions are due, and the brake lets ${guard.limit} % pass.`;
    case "source_empty":
      return `The source shows no sessions, and it had ${count(guard.held)}: it may be another account.`;
    case "too_many":
      return `${count(guard.found)} sessions were found, and ${count(guard.limit)} may go without approval.`;
    case "half_of_source":
      return `${count(guard.found)} of ${count(guard.matched)} sessions were found: more than half of the source.`;
  }
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
