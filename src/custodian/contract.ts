import type { SessionRef } from "../core/session.ts";

// What a Custodian is asked by the embedded store's own DELETE routes.

/** What became of one session that a caller of the embedded store wants gone. */
export type FaceRemoval =
  | { readonly kind: "deleted" }
  | { readonly kind: "absent" }
  /** It is not known: the caller should ask again. */
  | { readonly kind: "unavailable" };

/** The method of the Custodian that the embedded store's faces call. */
export interface CustodianFace {
  removeNow(ref: SessionRef): Promise<FaceRemoval>;
}
