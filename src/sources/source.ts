import type { Rule, Threshold } from "../core/rule/due.ts";
import type { Result } from "../core/values/result.ts";
import type { Session, SessionRef } from "../core/session/session.ts";
import type { Identifier } from "../core/session/subject.ts";
import type { Unreadable, UnreadableMember } from "../core/session/unreadable.ts";
import type { Fault } from "./fault.ts";

/** What a source can do, and what it cannot: the engine asks here and never for a provider's name. */
export interface Capabilities {
  /** Identifier types it can search by. */
  readonly identifiers: readonly string[];
  /** Calls that may be under way at once. */
  readonly concurrency: number;
  /** It can list what is due without listing the rest, and count without listing. */
  readonly selective: boolean;
  /** Sessions may have made others: children are looked for. */
  readonly has_children: boolean;
  /** A list by person is looked up by an index: some values more cost next to nothing. */
  readonly indexes_people: boolean;
  /** What stays behind at this provider after a removal, in words for the reader of a report. */
  readonly not_erased: readonly string[];
}

/**
 * Which sessions a list should hold. A source may always return more: every row is matched again. What a
 * `due` list holds may come without person and metadata, unless it is to be `whole`.
 */
export type Query =
  | { readonly kind: "all" }
  | {
      readonly kind: "due";
      readonly thresholds: readonly Threshold[];
      /** Person and metadata are needed too. */
      readonly whole?: boolean;
      /** Whether a session that names nobody, and that one which is due has made, is not due itself. */
      readonly stays?: (made: Session) => boolean;
    }
  | { readonly kind: "person"; readonly identifiers: readonly Identifier[] };

/**
 * The right to ask the source, for one port call. The first `fetch` goes out at once, further ones wait
 * for the pace; `spend` counts D1 queries against the same limit of calls. Whoever reads an answer to its
 * end says `ended`, and whether the source itself failed: no answer, a broken one, a 5xx.
 */
export interface Turn {
  fetch(url: string, init: RequestInit): Promise<Result<Response, Fault>>;
  spend(queries: number): Result<void, Fault>;
  ended(failed: boolean): void;
}

/** Takes sessions as they are read, at most 500 at a time; synchronous, so that nothing piles up. */
export type Sink = (sessions: readonly Session[]) => void;

export interface ListPage {
  /** Opaque; null after the last page. */
  readonly next: string | null;
  /** It was cut off, and is read again from `next` on: what it has handed over does not count. */
  readonly is_cut_off?: true;
  /** Scopes that would not answer: a sweep goes on without them, an erasure has not searched them. */
  readonly unsearched?: readonly string[];
  /** Rows of which only the id can be read. They were not handed over, and nobody can say whose they are. */
  readonly unreadable?: Unreadable;
  /** All of them, where sessions make others. */
  readonly unreadable_family?: readonly UnreadableMember[];
}

/** A session as it was when it was read. */
export interface VersionedRef extends SessionRef {
  readonly version: number;
}

/** A session as it was planned, to be removed if it is still so. */
export interface PlannedRef extends VersionedRef {
  readonly seq: number;
}

/** What must still be true of a session for it to be removed, where the source compares that itself. */
export interface RemovalCondition {
  /** Due when any clock is at or before its threshold; null: the version alone decides (an erasure). */
  readonly thresholds: readonly Threshold[] | null;
  /** A session is left while one that it has made, and that names nobody, is there. */
  readonly after_children?: boolean;
  /** A session is left whose line ends in one that is there: somebody can say whose it is. */
  readonly orphans?: boolean;
  /**
   * By their numbers, sessions that go with another one: from what made each up to that one, which the thresholds
   * are about. All must be as they were. A batch has lines for all of its sessions, or for none.
   */
  readonly lines?: ReadonlyMap<number, readonly VersionedRef[]>;
  /** Earlier batches whose outcome is stored: the source may drop its records of them on the way. */
  readonly forget?: readonly string[];
}

/** What the removal of one session came to. */
export type CallRemoval =
  | { readonly kind: "deleted" }
  | { readonly kind: "absent" }
  /** It may or may not have happened: a read must resolve it. */
  | { readonly kind: "unknown"; readonly fault: Fault }
  /** The provider said no for good. */
  | { readonly kind: "refused"; readonly fault: Fault }
  /** It did not happen. */
  | { readonly kind: "failed"; readonly fault: Fault };

/** What the removal of one session of a batch came to. */
export type Removal =
  | CallRemoval
  /** Still there, and not as planned. */
  | { readonly kind: "changed" }
  /** Still there, because a session that it has made, and that names nobody, is. */
  | { readonly kind: "has_children" };

/** The newest sign of life of one session, or how far the search for it has come. */
export type Activity =
  | { readonly kind: "active"; readonly at: number }
  | { readonly kind: "idle"; readonly last_active_at: number | null }
  | { readonly kind: "more"; readonly cursor: string }
  /** A time that cannot be read may be the newest: nobody knows, so it stays. */
  | { readonly kind: "unreadable" }
  | { readonly kind: "absent" };

/**
 * A system that holds sessions. Every method answers faults as values; a thrown error is a bug.
 * A new provider is one folder that implements this, and one line in `open.ts`.
 */
export type Source = BatchSource | CallSource;

/** Compares version and clocks itself, and removes many sessions in one transaction. */
export interface BatchSource extends AnySource {
  readonly removes: "by_batch";
  /** Sessions per call of `remove`. */
  readonly batch_size: number;
  /** Removes; answers one removal per reference, in order. `batch` names the call, for `resolve`. */
  remove(
    refs: readonly PlannedRef[],
    condition: RemovalCondition,
    batch: string,
    turn: Turn,
  ): Promise<readonly Removal[]>;
  /** What a removal whose answer was lost came to: the seqs removed. Fences it: it can not happen later. */
  resolve(batch: string, turn: Turn): Promise<Result<readonly number[], Fault>>;
  /** Drops the record that `resolve` reads, once the outcome is stored. */
  forgetBatch(batch: string, turn: Turn): Promise<Result<void, Fault>>;
  /** Many sessions as they are now, in order, null for what is gone; in one call. Of some only the id may be read. */
  readMany(
    refs: readonly SessionRef[],
    turn: Turn,
  ): Promise<Result<readonly (Session | "unreadable" | null)[], Fault>>;
  /** How many of these sessions are there now, in one call. */
  present(refs: readonly SessionRef[], turn: Turn): Promise<Result<number, Fault>>;
}

/** Removes one session a call: each is read again just before. */
export interface CallSource extends AnySource {
  readonly removes: "by_call";
  remove(ref: SessionRef, turn: Turn): Promise<CallRemoval>;
}

interface AnySource {
  readonly capabilities: Capabilities;
  /**
   * Asks something cheap that is about no session: whoever ends its turn tells whether the source answers.
   * What it answers is of no interest.
   */
  ping(turn: Turn): Promise<Result<unknown, Fault>>;
  /** The account that answers, as far as the provider tells; null when it does not. */
  account(turn: Turn): Promise<Result<string | null, Fault>>;
  /** One page, or a whole stream. Rows count only when the result is ok. */
  list(
    query: Query,
    cursor: string | null,
    sink: Sink,
    turn: Turn,
  ): Promise<Result<ListPage, Fault>>;
  /** The session as it is now, or null when the provider says that it is gone; the fault `unreadable`: it is there. */
  read(ref: SessionRef, turn: Turn): Promise<Result<Session | null, Fault>>;
  /** The scopes that have a session of an id, all or of these, in one call; absent: it is read by its scope alone. */
  find?(
    id: string,
    scopes: readonly string[] | null,
    turn: Turn,
  ): Promise<Result<FoundScopes, Fault>>;
  /** Minutes without activity after which the provider itself removes a session; null: it does not. */
  ownExpiry?(ref: SessionRef, turn: Turn): Promise<Result<number | "absent" | null, Fault>>;
  /** Makes the provider keep a session; ok only when its answer says so. */
  clearOwnExpiry?(ref: SessionRef, turn: Turn): Promise<Result<void, Fault>>;
  /** Sessions that one has made, page by page in the order of their keys; none after the last. */
  children?(
    parent: SessionRef,
    after: SessionRef | null,
    turn: Turn,
  ): Promise<Result<readonly Session[], Fault>>;
  /** How many sessions there are, up to so many; absent: no list leaves any session out. */
  countUpTo?(most: number, turn: Turn): Promise<Result<number, Fault>>;
  /** Sessions per scope, page by page, without listing them. */
  population?(cursor: string | null, turn: Turn): Promise<Result<PopulationPage, Fault>>;
  /** How many more are due from a list cursor on, page by page, without listing them. */
  countDue?(
    thresholds: readonly Threshold[],
    cursor: string | null,
    turn: Turn,
  ): Promise<Result<{ readonly due: number; readonly next: string | null }, Fault>>;
  /**
   * What a `due` list does not tell, counted page by page without listing: see `ForecastPage`. The two rules are
   * one policy at two times.
   */
  lookAhead?(
    now: Rule,
    later: Rule,
    cursor: string | null,
    turn: Turn,
  ): Promise<Result<ForecastPage, Fault>>;
  /** Whether a rule's `match` selects any session, page by page; absent: lists tell it. */
  selects?(rule: Rule, cursor: string | null, turn: Turn): Promise<Result<SelectsPage, Fault>>;
  /** Whether a session was active after a time, where lists do not tell. Stops at the first sign that it was. */
  readActivity?(
    ref: SessionRef,
    since: number,
    cursor: string | null,
    turn: Turn,
  ): Promise<Result<Activity, Fault>>;
  /** Whether sessions made by this scope's sub-agents may serve several people. Unknown is true. */
  sharesChildren?(scope: string, turn: Turn): Promise<Result<boolean, Fault>>;
}

export interface FoundScopes {
  readonly scopes: readonly string[];
  /** There were no more scopes than one call looks through. */
  readonly is_whole: boolean;
}

export interface ForecastPage {
  /**
   * Sessions in the rule's scopes, and with its metadata, that are due by no threshold and lack the clock of one.
   * Which are orphans, or among a person's newest, is not looked at.
   */
  readonly undated: number;
  /** Sessions that are due by the later rule, and not by that of now. */
  readonly soon: number;
  readonly next: string | null;
}

export interface SelectsPage {
  /** It selects one that this page looked at. */
  readonly any: boolean;
  /** There was one to look at. */
  readonly holds_some: boolean;
  readonly next: string | null;
}

export interface PopulationPage {
  readonly scopes: Readonly<Record<string, number>>;
  readonly next: string | null;
}
