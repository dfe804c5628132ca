/**
 * What a job does next. A sweep waits in `braked`, an erasure in `planned`; `ending` settles what is
 * open, `remembering` writes down what went, `clearing` drops the rows; then the Registrar is told and the
 * job goes.
 */
export type Phase = ErasurePhase | "forecast" | "weighing" | "difference" | "ranking";

/** The phases that both kinds of job come to. */
export type ErasurePhase =
  | "queued"
  | "listing"
  | "children"
  | "planning"
  | "guarding"
  | "waiting"
  | "removing"
  | "verifying"
  | "ending"
  | "remembering"
  | "clearing"
  | "ended";
