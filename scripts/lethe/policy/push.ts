import { AnswerRefusal, type ApiClient, type Condition } from "../../start/client.ts";
import { idOf, type Change } from "./compare.ts";

/** What became of one write. */
export type PushOutcome =
  | { readonly kind: "written" | "deleted"; readonly id: string }
  | { readonly kind: "refused"; readonly id: string; readonly why: string };

/**
 * Carries the changes over to the Worker, each only if the policy is still as it was compared: what
 * somebody else wrote meanwhile stays. One that is refused holds up no other; a key that may not write
 * ends it all.
 */
export async function pushChange(
  change: Change,
  client: Pick<ApiClient, "put" | "delete">,
): Promise<PushOutcome> {
  const id = idOf(change);
  const path = `/v1/policies/${encodeURIComponent(id)}`;
  try {
    if (change.kind === "remove") {
      await client.delete(path, conditionOf(change));
      return { kind: "deleted", id };
    }
    await client.put(path, change.version.policy, conditionOf(change));
    return { kind: "written", id };
  } catch (error) {
    if (!(error instanceof AnswerRefusal) || [401, 403].includes(error.status)) {
      throw error;
    }
    const why =
      error.status === 412 || (error.status === 404 && change.kind === "remove")
        ? "somebody has changed it meanwhile: see npx lethe policy diff"
        : error.message;
    return { kind: "refused", id, why };
  }
}

/** An invalid document has no ETag to cite; that there is one at all can be asked for. */
function conditionOf(change: Change): Condition {
  if (change.kind === "add") {
    return { "if-none-match": "*" };
  }
  return { "if-match": change.digest === null ? "*" : `"${change.digest}"` };
}
