import { figure } from "../values/words.ts";
import type { GuardStop } from "./job.ts";

/** Why a plan waits, in a sentence: pages, `attention` and the command say it alike. */
export function guardWords(guard: GuardStop): string {
  switch (guard.code) {
    case "brake_items":
      return `${figure(guard.due)} sessions are due, and the policy's brake lets ${figure(guard.limit)} pass.`;
    case "brake_percent":
      return `${figure(guard.due)} of ${figure(guard.matched)} sessions are due, and the brake lets ${guard.limit} % pass.`;
    case "source_empty":
      return `The source shows no sessions, and it had ${figure(guard.held)}: it may be another account.`;
    case "too_many":
      return `${figure(guard.found)} sessions were found, and ${figure(guard.limit)} may go without approval.`;
    case "half_of_source":
      return `${figure(guard.found)} of ${figure(guard.matched)} sessions were found: more than half of the source.`;
  }
}
