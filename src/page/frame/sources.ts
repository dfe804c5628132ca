import { reachedSources } from "../../api/http/reach.ts";
import type { PageContext } from "../context.ts";

/** The sources that a form may offer to who is signed in: those in which the key reaches something. */
export function sourcesFor(c: PageContext) {
  return reachedSources(c.get("signed_in").key, c.get("deps").config.sources);
}
