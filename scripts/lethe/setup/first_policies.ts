import { join } from "node:path";
import type { Place } from "../profile.ts";
import { compare } from "../policy/compare.ts";
import type { Desk } from "../desk.ts";
import { Declined } from "../exit.ts";
import { readPolicyFiles } from "../policy/files.ts";
import { pushChange } from "../policy/push.ts";
import { knownSources } from "../policy/sources.ts";

const SHIPPED = join(import.meta.dirname, "../../../policies");
/** New secrets take a little until every place has them. */
const TRIES = 30;
const PAUSE_MS = 2000;

/** Writes the shipped policies, which only observe, unless there are policies of these ids. */
export async function writeFirstPolicies(
  place: Place,
  { apiOf, output, world }: Desk,
): Promise<void> {
  const api = apiOf(place);
  for (let tries = 1; !(await api.isKnown()); tries += 1) {
    if (tries === TRIES) {
      throw new Declined(
        "the Worker does not know the new key yet: npx lethe login, a little later",
      );
    }
    output.live("the Worker does not know the new key yet");
    await world.sleep(PAUSE_MS);
  }
  const known = knownSources(undefined);
  const files = await readPolicyFiles(SHIPPED, () => known);
  const versions = files.flatMap(({ read }) => (read.ok ? [read.value] : []));
  for (const change of compare(versions, new Map())) {
    const outcome = await pushChange(change, api);
    const line =
      outcome.kind === "refused"
        ? `${outcome.id} is left as it is: ${outcome.why}`
        : `written ${outcome.id}, which observes: npx lethe preview ${outcome.id}`;
    output.say(line);
  }
}
