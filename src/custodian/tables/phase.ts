/**
 * What a job does next. A sweep waits in `braked`, an erasure in `planned`; `ending` settles what is
 * open, `remembering` writes down what went, `clearing` drops the rows; then the Registrar is told and the
 * job goes.
 */
export type Phase =
  | "queued"
  | "listing"
  | "kin"
  | "forecast"
  | "weighing"
  | "comparing"
  | "planning"
  | "guarding"
  | "waiting"
  | "ranking"
  | "removing"
  | "verifying"
  | "ending"
  | "remembering"
  | "clearing"
  | "ended";
