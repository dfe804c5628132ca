import type { BoundBy } from "../core/pace/bound.ts";

/**
 * Why a source did not do what it was asked. `unauthorized` stops the source; `forbidden` stops one scope
 * where the provider has them; `missing` is a scope that is not there, so that nobody can say what became of
 * its sessions; `unmigrated` is a database without its tables: nothing was read, and nothing changed;
 * `throttled` stops the source until a time; `unavailable` is tried again;
 * `invalid` is an answer that must not be trusted; `unreadable` is one session, asked for by its id, of which
 * only that can be read: it is there, and nobody can say whose it is, or since when; `exhausted` means this slice may ask no more, `by` what
 * it has to wait for.
 */
export type Fault =
  | { readonly kind: "unauthorized"; readonly detail: string }
  | { readonly kind: "forbidden"; readonly scope: string | null; readonly detail: string }
  | { readonly kind: "missing"; readonly scope: string; readonly detail: string }
  | { readonly kind: "unmigrated"; readonly detail: string }
  | { readonly kind: "throttled"; readonly until: number; readonly detail: string }
  | { readonly kind: "unavailable"; readonly detail: string }
  | { readonly kind: "invalid"; readonly detail: string }
  /** With the version at which it may be removed all the same, where the source removes by version. */
  | { readonly kind: "unreadable"; readonly detail: string; readonly version?: number }
  | {
      readonly kind: "exhausted";
      readonly until: number;
      readonly detail: string;
      readonly by?: BoundBy;
    };

/** An answer that must not be trusted. */
export function invalid(detail: string): Fault {
  return { kind: "invalid", detail };
}

/** Whether asking again later can help. */
export function isRetryable(fault: Fault): boolean {
  return fault.kind === "throttled" || fault.kind === "unavailable" || fault.kind === "exhausted";
}

/** Whether it may be a fault of the one session that was asked for: others may answer. */
export function isOfOneSession({ kind }: Fault): boolean {
  return kind === "unavailable" || kind === "invalid";
}

/** Whether it is one scope that does not answer, and others may. */
export function isClosedScope(fault: Fault): boolean {
  return fault.kind === "missing" || (fault.kind === "forbidden" && fault.scope !== null);
}
