/** Why a sweep was stopped where no key cancelled it, and what that means. docs/GLOSSARY.md is made from this. */
export const STOP_REASON_MEANINGS = {
  waited_too_long:
    "Its plan waited for a person for a day, or for an hour because its source looked empty, and nobody approved it.",
  approval_lost:
    "It was approved and waited on, because its source was restored to a time before the approval.",
  policy_gone: "Its policy was deleted, or is invalid.",
  policy_off: "Its policy was turned off.",
  policy_changed: "Its policy got a newer version.",
  floors_changed: "The deployment's floors changed.",
  restored:
    "An object was restored to an earlier time, so that the sweep, or why it was stopped, is no longer known.",
} as const;
export type StopReason = keyof typeof STOP_REASON_MEANINGS;

export const STOP_REASONS = Object.keys(STOP_REASON_MEANINGS) as [StopReason, ...StopReason[]];
