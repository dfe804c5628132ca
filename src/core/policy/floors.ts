import * as z from "zod";
import { lasts } from "../values/duration.ts";

/** When a plan waits for a person, from the loosest to the strictest. */
export const APPROVALS = ["none", "changes", "every"] as const;
export type Approval = (typeof APPROVALS)[number];

/** What a deployment asks of every policy; a policy can only ask for more. */
export const Floors = z.strictObject({
  approval: z.enum(APPROVALS),
  /** No brake lets a larger share pass, in percent. */
  brake_percent_max: z.number().nullable(),
  /** No session younger than this ISO 8601 duration is removed. */
  min_age: z.string().nullable(),
});
export type Floors = Readonly<z.infer<typeof Floors>>;

/** The stricter of two. */
export function strictest(one: Approval, other: Approval): Approval {
  return isAsStrict(one, other) ? one : other;
}

/** Whether one asks for as much as the other, or for more. */
export function isAsStrict(one: Approval, other: Approval): boolean {
  return APPROVALS.indexOf(one) >= APPROVALS.indexOf(other);
}

/** What asks for nothing. */
export const NO_FLOORS: Floors = { approval: "none", brake_percent_max: null, min_age: null };

/** Whether floors hold back all that others do; what cannot be compared does not. */
export function holdBack(one: Floors, other: Floors): boolean {
  const { brake_percent_max: percent, min_age: age } = other;
  return (
    isAsStrict(one.approval, other.approval) &&
    (percent === null || (one.brake_percent_max !== null && one.brake_percent_max <= percent)) &&
    (age === null || (one.min_age !== null && lasts(one.min_age, age)))
  );
}

export function sameFloors(one: Floors, other: Floors): boolean {
  return (
    one.approval === other.approval &&
    one.brake_percent_max === other.brake_percent_max &&
    one.min_age === other.min_age
  );
}
