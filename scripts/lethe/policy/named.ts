import { nearestName } from "../../../src/core/values/near_name.ts";
import { Refusal } from "../../start/arguments.ts";
import { AnswerRefusal, type ApiClient } from "../../start/client.ts";
import { listStored } from "./stored.ts";

/** So many policies are named to whoever named one that is not there. */
const TOLD = 8;

/** Asks for something of a policy. Where there is none of that name, says which one is meant, or which there are. */
export async function ofPolicy<T>(
  client: Pick<ApiClient, "get">,
  id: string,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof AnswerRefusal && error.code === "policy_not_found") {
      throw new Refusal(`there is no policy ${id}${await adviceFor(client, id)}`);
    }
    throw error;
  }
}

/** Nothing for a key that may not read policies. */
async function adviceFor(client: Pick<ApiClient, "get">, id: string): Promise<string> {
  let ids: string[];
  try {
    ids = [...(await listStored(client)).keys()];
  } catch (error) {
    if (error instanceof AnswerRefusal) {
      return "";
    }
    throw error;
  }
  const nearest = nearestName(id, ids);
  if (nearest !== null) {
    return `: is ${nearest} meant?`;
  }
  const more = ids.length > TOLD ? `, and ${ids.length - TOLD} more` : "";
  return ids.length === 0
    ? ", and no other: npx lethe policy push writes some"
    : `: there are ${ids.slice(0, TOLD).join(", ")}${more}`;
}
