import type { Disposition } from "../core/count/disposition.ts";
import type { Approval, Floors } from "../core/policy/floors.ts";
import type { Explained } from "../core/rule/explain.ts";
import type { SweepTold } from "../core/report/sweep.ts";
import type { Hold, HoldSelector } from "../core/hold/hold.ts";
import type { ErasurePart } from "../core/rule/erasure.ts";
import type { Policy } from "../core/policy/policy.ts";
import type { Clock, Session, SessionRef } from "../core/session/session.ts";
import type { Identifier } from "../core/session/subject.ts";
import type { PaceReading } from "../core/pace/totals.ts";
import type { Pause } from "../core/hold/switch.ts";

// What a Custodian is told and what it tells: plain data, because it crosses from object to object.

/** What every order says. */
interface Ordered {
  /**
   * The fingerprint of the source when the order was accepted; empty when it had none. With another one it
   * is not begun. Absent: whichever account answers.
   */
  readonly account?: string;
  /** It only plans, whatever a policy says, and keeps its plan to be read. Nothing lets it remove. */
  readonly preview?: true;
}

/** A sweep to run. A known id is a no-op. */
export interface SweepOrder extends Ordered {
  readonly kind: "sweep";
  readonly id: string;
  readonly policy_id: string;
  readonly policy_digest: string;
  readonly policy: Policy;
  /** What the deployment asked of every policy when the order was accepted; absent: nothing. */
  readonly floors?: Floors;
  /** Why its plan waits for a person; absent: it does not. */
  readonly approval?: Approval;
  /** `scheduledTime` in epoch milliseconds; null when a person asked. */
  readonly tick: number | null;
  /** A version of the same source that the preview is compared with. */
  readonly other?: Policy;
}

/** The part of an erasure that concerns one source. A known id is a no-op. */
export interface ErasureOrder extends Ordered {
  readonly kind: "erasure";
  readonly id: string;
  readonly identifiers: readonly Identifier[];
  /** Sessions of other scopes are nobody's business here; absent: every scope. */
  readonly scopes?: readonly string[];
  /** Another account can have sessions of the same ids. */
  readonly ids_elsewhere?: true;
}

export type JobOrder = SweepOrder | ErasureOrder;

/** How a job ends that the Registrar stops. */
export type StopAs = "stopped" | "superseded" | "cancelled";

/** A job that must not go on, and how it ends. */
export interface OverJob {
  readonly id: string;
  readonly as: StopAs;
}

/** Commands travel until they are acknowledged; each is a no-op the second time. */
export type Command =
  | { readonly do: "start"; readonly order: JobOrder }
  /**
   * A braked sweep, or an erasure planned in every source, may remove what it planned: up to so many sessions
   * as it has `found`; absent: whatever it finds.
   */
  | { readonly do: "proceed"; readonly id: string; readonly found?: number }
  | { readonly do: "stop"; readonly id: string; readonly as: StopAs };

/** How a sweep stands: what is told of its report, as it is to stand there. */
export interface SweepNews extends SweepTold {
  readonly kind: "sweep";
  readonly id: string;
  /** The fingerprint of the source when the sweep was ordered. */
  readonly account: string | null;
}

/** How one source's part of an erasure stands. */
export interface ErasureNews extends Pick<
  ErasurePart,
  "source" | "report" | "conflict" | "ids_found" | "unsearched" | "plan_digest"
> {
  readonly kind: "erasure";
  readonly id: string;
}

/** How the source itself stands at the end of a slice. */
export interface SourceNews {
  readonly kind: "source";
  readonly reading: PaceReading;
}

/**
 * A job that the Registrar counts on is not known here: its order was taken back before it came, or this object
 * was restored to a time before it.
 */
export interface LostNews {
  readonly kind: "lost";
  readonly id: string;
  /** How it was to be stopped; null: it was not. */
  readonly as: StopAs | null;
}

/** A job that a Custodian has taken, and whether its plan waits by the Registrar's record. */
export interface TakenJob {
  readonly id: string;
  readonly waits: boolean;
}

export type News = SweepNews | ErasureNews | SourceNews | LostNews;

/** News about one job, or the source; a delivery with a number that was seen before is a no-op. */
export interface NewsItem {
  readonly source: string;
  readonly seq: number;
  readonly news: News;
}

/** One session of a sweep's plan, and why it is in it. Times are epoch milliseconds. */
export interface PlannedSession {
  readonly scope: string;
  readonly id: string;
  /** Which of the policy's `expire` made it due, from 0, with its clock and its threshold. */
  readonly clause: number;
  readonly clock: Clock;
  readonly threshold: number;
  readonly due_at: number;
  /** The version compared with would not remove it; null where none was. */
  readonly newly: boolean | null;
  /** What became of it; null while nothing has. */
  readonly disposition: Disposition | null;
}

/** Why a session is in the plan of an erasure. */
export interface WhyErased {
  /** The types of the identifiers that it matches; none: it goes with what made it. */
  readonly matched_by: readonly string[];
  /** What made it, where it goes with that. */
  readonly child_of: SessionRef | null;
  /** The hold that binds it, by its id. */
  readonly held_by: string | null;
}

/** One session of an erasure's plan, and why it is in it. */
export interface SoughtSession extends WhyErased {
  readonly scope: string;
  readonly id: string;
  /** What became of it; null while nothing has. */
  readonly disposition: Disposition | null;
}

export interface PlanPageRequest {
  readonly limit: number;
  /** Read on after this place; 0 from the first. */
  readonly after: number;
  /** Only sessions that the version compared with would not remove. */
  readonly newly: boolean;
}

export type PlanPage<Row = PlannedSession> =
  | {
      readonly kind: "page";
      readonly data: readonly Row[];
      readonly next: number | null;
    }
  /** The plan is not made yet. */
  | { readonly kind: "pending" }
  /** There is no plan of this job, or not any more. */
  | { readonly kind: "gone" };

/**
 * Which state of holds and switch is meant. Versions only rise; the stamp, made anew with each, tells two
 * of one number apart: after a restore the Registrar gives numbers a second time.
 */
export interface RestraintsMark {
  readonly version: number;
  readonly stamp: string;
}

/** Everything that holds removals back, as the Registrar has it at a version. */
export interface RestraintsCopy extends RestraintsMark {
  /** All that were not released, ended ones too: each Custodian asks its own clock as well. */
  readonly holds: readonly Hold[];
  readonly pauses: readonly Pause[];
}

/** What a restraint came too late for: sessions in calls that were under way when it was stored. */
export interface TooLate {
  /** The id of a hold, or the name of a pause. */
  readonly restraint: string;
  /** How many are known to be removed, and the first of them. */
  readonly count: number;
  readonly sessions: readonly SessionRef[];
  /** How many were removed, or may have been, of which nobody can tell whether the restraint meant them. */
  readonly unknown: number;
}

/** A Custodian's word which copy it obeys: calls under way that it matches have ended. */
export interface RestraintsStored extends RestraintsMark {
  readonly too_late: readonly TooLate[];
}

/** A session that a plan left out because of a hold, by which job, and when (epoch milliseconds). */
export interface HeldBackSession extends SessionRef {
  readonly job: string;
  readonly at: number;
}

/** One session to be explained, and the versions that may be about it. */
export interface ExplainRequest {
  readonly ref: SessionRef;
  readonly policies: readonly { readonly id: string; readonly policy: Policy }[];
}

/** A session of which only the id is known, in every scope or (not null) in these. */
export interface FindRequest {
  readonly id: string;
  readonly scopes: readonly string[] | null;
}

/** How a session went, and where from; a scope of null: that is not kept. */
export type FoundRemoval = Remembered & { readonly scope: string | null };

export type FindAnswer =
  | {
      readonly kind: "searched";
      /** The scopes that have such a session now, and those that have one in a plan. */
      readonly live: readonly string[];
      readonly planned: readonly string[];
      readonly removed: FoundRemoval | null;
      /** False: there may be one in a scope that was not looked into. */
      readonly is_whole: boolean;
    }
  | Untold;

/** A session as it is now: its clocks, and nothing of whom it names. Times are epoch milliseconds. */
export interface SessionView {
  readonly clocks: Session["clocks"];
  readonly busy: boolean;
  /** `at_least`: it was active then, and perhaps later; `unread`: its activity could not be read. */
  readonly activity: "read" | "at_least" | "unread";
}

/** A row of a plan that has the session, and what became of it so far. */
export interface PlannedIn {
  readonly job: string;
  readonly kind: JobOrder["kind"];
  /** Of a sweep. */
  readonly policy: string | null;
  readonly preview: boolean;
  readonly disposition: Disposition | null;
  readonly at: number | null;
}

export type ExplainAnswer =
  | {
      readonly kind: "explained";
      /** Null: its source says that it is not there. */
      readonly session: SessionView | null;
      /** What each version says of it; none of one that is not there. */
      readonly policies: readonly (Explained & { readonly id: string })[];
      readonly planned: readonly PlannedIn[];
      readonly removed: Remembered | null;
      /** The hold that binds it now, by its id. */
      readonly hold: string | null;
    }
  | Untold;

/** Why nothing is told of a session. */
export type Untold =
  /** So many callers ask at once that this one has to come again, in so many seconds. */
  | { readonly kind: "busy"; readonly retry_after: number }
  /** The tables of the embedded store are not there. */
  | { readonly kind: "migrations_missing" }
  /** The source did not answer, so nothing can be said. */
  | { readonly kind: "unavailable"; readonly detail: string };

/** How a session that is not there any more went. Times are epoch milliseconds. */
export interface Remembered {
  /** The sweep or the erasure; null: a caller of the embedded store removed it. */
  readonly job: string | null;
  readonly disposition: Disposition;
  readonly at: number;
  /** Of the policy's `expire`, with the time it fell due by; null where no clock decided. */
  readonly clause: number | null;
  readonly due_at: number | null;
}

/** What became of one session that a caller of the embedded store wants gone. */
export type RemoveNowAnswer =
  | { readonly kind: "deleted" }
  | { readonly kind: "absent" }
  /** A hold binds it; what may be said of the reason. */
  | { readonly kind: "held"; readonly public_reason: string | null }
  /** The switch is on, until a time in epoch milliseconds, or until it is ended. */
  | { readonly kind: "paused"; readonly until: number | null }
  /** It is not known: the caller should ask again. */
  | { readonly kind: "unavailable" };

/** Whether a session goes by itself at its provider, and what was done about it. */
export type OwnExpiry =
  | { readonly kind: "none" }
  | { readonly kind: "expires"; readonly minutes: number }
  | { readonly kind: "cleared"; readonly minutes: number }
  /** There is no such session now. */
  | { readonly kind: "absent" }
  /** It could not be learnt, or not be cleared. */
  | { readonly kind: "unknown"; readonly detail: string };

/** The methods of the Custodian that the API and the embedded store's routes call. */
export interface CustodianAnswers {
  removeNow(ref: SessionRef): Promise<RemoveNowAnswer>;
  planPage(sweep: string, page: PlanPageRequest): Promise<PlanPage>;
  /** The same of an erasure; nothing is compared with anything. */
  soughtPage(
    erasure: string,
    page: Omit<PlanPageRequest, "newly">,
  ): Promise<PlanPage<SoughtSession>>;
  explain(request: ExplainRequest): Promise<ExplainAnswer>;
  find(request: FindRequest): Promise<FindAnswer>;
}

/** The methods of the Custodian that the Registrar calls. Only the last three wait for anything. */
export interface CustodianApi extends CustodianAnswers {
  command(command: Command): Promise<void>;
  /**
   * Goes on at once with whatever is due, after a start or a crash. Of these jobs it tells which are not known,
   * and which wait although the record says that they do not.
   */
  wake(taken: readonly TakenJob[]): Promise<void>;
  /**
   * Stores what holds removals back, if it is newer, and answers when calls under way that it matches have
   * ended. `at` is the Registrar's clock, epoch milliseconds; `since` the version acknowledged before.
   */
  storeRestraints(copy: RestraintsCopy, at: number, since: number): Promise<RestraintsStored>;
  /** Reads a held session's own expiry, and clears it if it should. */
  ownExpiry(ref: SessionRef, clear: boolean): Promise<OwnExpiry>;
  /** How many sessions a hold matches now; null: not counted. */
  countHeld(selector: HoldSelector): Promise<number | null>;
  /** Sessions that plans left out because of a hold, the newest first; some of them, where there are many. */
  heldBack(hold: string): Promise<readonly HeldBackSession[]>;
}
