import type { Provider } from "../provider.ts";
import { openSeam, SEAM_LIMITS } from "./source.ts";

/** Seam's client sessions, over its API. */
export const seamProvider: Provider = {
  kinds: ["client_sessions"],
  default_endpoint: "https://connect.getseam.com",
  default_per_second: 5,
  default_settle_seconds: 60,
  expires_by_itself: false,
  open: (config, deps) => openSeam(config, deps, SEAM_LIMITS),
};
