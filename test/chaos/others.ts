import type { Dice } from "./dice.ts";
import { namelessOf } from "./family.ts";
import type { Run } from "./run.ts";
import { bear, isOdd } from "./seed.ts";
import { nameOf } from "./world.ts";

// What others do: users, the provider, the application that has the embedded store.

/** A sign of life of some session, or it goes at its provider. */
export async function touch(
  { world, judge, log }: Run,
  dice: Dice,
  how: "use" | "lose",
): Promise<void> {
  const all = await world.sessions();
  // A child that goes unseen after its parent is nobody's, and the judge could not tell since when.
  const there = all.filter(
    (one) => how === "use" || !namelessOf(one, all).some((child) => judge.born.has(nameOf(child))),
  );
  if (there.length > 0) {
    const one = dice.pick(there);
    log.push(`${how} ${nameOf(one)}`);
    await world[how](one);
    // What cannot be read is never seen either.
    if (how === "lose" && (world.seam === null || isOdd(one))) {
      judge.unseen.add(nameOf(one));
    }
  }
}

/** A session comes, often one that another has made. */
export async function make({ world, judge, log }: Run, dice: Dice): Promise<void> {
  const there = (await world.sessions()).filter(({ source }) => source !== "client_sessions");
  const isChild = there.length > 0 && dice.chance(0.7);
  const parent = isChild ? dice.pick(there) : null;
  const name = await bear(world, dice, parent);
  log.push(`new: ${name}, made by ${parent === null ? "nobody" : nameOf(parent)}`);
  judge.born.add(name);
  judge.see(await world.sessions());
}

/** A caller of the embedded store removes an agent session, which is no business of a policy's. */
export async function faceDelete({ world, log }: Run, dice: Dice): Promise<void> {
  const there = (await world.sessions()).filter(({ source }) => source !== "client_sessions");
  if (world.seam === null && there.length > 0) {
    const { scope, id } = dice.pick(there);
    const path = `/v2/agents/${scope}/sessions/${id}`;
    const { status } = await world.ask("DELETE", path, "author");
    log.push(`DELETE ${path}: ${status}`);
  }
}
