/** One reason: what it means, and what a person does about it. */
interface JobErrorEntry {
  readonly meaning: string;
  readonly mend: string;
}

/**
 * Every reason why a sweep, an erasure or a part of one waits, stopped early or failed; there is no other.
 * docs/OPERATING.md is made from this.
 */
export const JOB_ERRORS = {
  paused: {
    meaning: "The switch pauses removals. The job waits.",
    mend: "End the pause with `PUT /v1/switch`.",
  },
  unconfirmed: {
    meaning:
      "The Registrar did not confirm holds and the switch, so nothing is removed. The job asks again every few seconds.",
    mend: "If it lasts, look for `custodian.restraints.unconfirmed` in the log.",
  },
  stalled: {
    meaning: "The job makes no progress.",
    mend: "See [A job is `stalled`](#a-job-is-stalled).",
  },
  needs_approval: {
    meaning:
      "An erasure waits: when it read its sources again, it found a second session of an id, or one that contradicts the request.",
    mend: "Look at the sessions in the source. Approve the erasure if all of them are the person's, or cancel it.",
  },
  too_many: {
    meaning: "An erasure waits: it matches more sessions than `ERASURE_MAX_SESSIONS`.",
    mend: "See [An erasure is `needs_approval`](#an-erasure-is-needs_approval).",
  },
  half_of_source: {
    meaning: "An erasure waits: it matches more than half of a source.",
    mend: "See [An erasure is `needs_approval`](#an-erasure-is-needs_approval).",
  },
  webhook_limit: {
    meaning: "An erasure waits: its hook asked for more than `max_per_hour`.",
    mend: "See [An erasure is `needs_approval`](#an-erasure-is-needs_approval).",
  },
  conflict: {
    meaning:
      "The identifiers of an erasure contradict each other, or an id names more than one session, or may.",
    mend: "See [An erasure is `conflict`](#an-erasure-is-conflict-or-partial).",
  },
  source_unauthorized: {
    meaning: "The source refused the key.",
    mend: "Put the right secret: `npx wrangler secret put`.",
  },
  source_forbidden: {
    meaning: "The key may not do this at all, or what it was asked for is not there.",
    mend: "Give the key more rights, or use another one. Check the endpoint.",
  },
  migrations_missing: {
    meaning: "The tables of the embedded store are missing or old. Only a sweep ends by this.",
    mend: "Apply the migrations: `npm run deploy`, or `npx wrangler d1 migrations apply STORE --remote`.",
  },
  source_empty: {
    meaning:
      "The source lists nothing, and held many sessions when it was last read. An erasure looked for an hour.",
    mend: "See [A sweep is `braked`](#a-sweep-is-braked). Ask again when the sessions are back, or when a sweep with an empty plan was approved.",
  },
  source_missing: {
    meaning: "The source is not configured any more, or wrongly, or `LETHE_SECRET` is not set.",
    mend: "Put it back, or delete the policies that name the source.",
  },
  account_changed: {
    meaning:
      "Another account or key answers than the one that the plan was made for, or `person_paths` or `shared_children` changed.",
    mend: "Make sure that this is meant. Where `APPROVAL` is `changes`, the next plan waits for an approval.",
  },
  clock_absurd: {
    meaning: "The clock that the sweep would be judged by is before 2015 or after 2099.",
    mend: "Set the clock of the machine.",
  },
  cutoff_ahead: {
    meaning: "The plan was made by a clock that ran ahead of the present one.",
    mend: "Set the clock of the machine. Approving the plan again removes nothing.",
  },
  order_untaken: {
    meaning:
      "The erasure was ended before the Durable Object of this source had taken its order. Nothing was searched there.",
    mend: "Ask again when the source answers.",
  },
  order_known: {
    meaning:
      "A Durable Object was restored, and this job had ended before. Its result is no longer known.",
    mend: "Nothing for a sweep, which is `stopped`. Ask for an erasure again.",
  },
  order_lost: {
    meaning:
      "The Durable Object of this source was restored to a time before this job, and does not know it.",
    mend: "Nothing for a sweep. Ask for an erasure again.",
  },
} as const satisfies Readonly<Record<string, JobErrorEntry>>;
export type JobErrorCode = keyof typeof JOB_ERRORS;

export const JOB_ERROR_CODES = Object.keys(JOB_ERRORS) as [JobErrorCode, ...JobErrorCode[]];
