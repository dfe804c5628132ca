import { createId } from "../../core/values/id.ts";
import { ok, type Result } from "../../core/values/result.ts";
import type { Session, SessionRef } from "../../core/session/session.ts";
import type { Fault } from "../../sources/fault.ts";
import type { BatchSource } from "../../sources/source.ts";
import type { RemoveNowAnswer } from "../../contract/custodian.ts";
import { bindChildren, ofChildrenBy, readLine } from "../job/removed_parents.ts";
import type { Work } from "../job/work.ts";

/** Writes between the read and the removal before the caller is asked to come again. */
const TRIES = 3;

/** Batches that belong to no job. */
const NO_JOB = 0;

/** Removes one session of the embedded store through the same call as everything else. */
export async function removeNow(
  work: Work,
  source: BatchSource,
  ref: SessionRef,
): Promise<RemoveNowAnswer> {
  try {
    return await removeOne(work, source, ref);
  } finally {
    work.meter.save();
  }
}

async function removeOne(
  work: Work,
  source: BatchSource,
  ref: SessionRef,
): Promise<RemoveNowAnswer> {
  await resolveOpen(work, source);
  for (let tries = 0; tries < TRIES; tries++) {
    const turn = await work.meter.reserve();
    const session = turn.ok ? readOf(ref, await source.read(ref, turn.value)) : turn;
    if (!session.ok || !turn.ok) {
      return { kind: "unavailable" };
    }
    if (session.value === null) {
      return { kind: "absent" };
    }
    const { has_children: mayHaveMade } = source.capabilities;
    const isReadable = session.value.unreadable !== true;
    const line =
      mayHaveMade && isReadable ? await readLine(work, session.value, turn.value) : ok(null);
    if (!line.ok) {
      return { kind: "unavailable" };
    }
    // One turn, no await: switch and holds, the intent, the call.
    const stop = work.restraints.stop();
    if (stop !== null) {
      return stop.kind === "paused" ? stop : { kind: "unavailable" };
    }
    const hold = work.restraints.heldBy(session.value);
    if (hold !== null || (!isReadable && work.restraints.needsContentSince(0))) {
      // A hold that looks at what sessions say may mean one that cannot be read.
      return { kind: "held", public_reason: hold?.public_reason ?? null };
    }
    const batch = createId("bat", work.runtime.now(), work.runtime.randomBytes);
    work.batches.intend(batch, NO_JOB, [NO_JOB]);
    const made = line.value === null ? null : ofChildrenBy(work, line.value);
    if (made !== null) {
      work.lineage.keepOfChildren(ref, made, work.runtime.now());
    }
    const planned = { ...ref, seq: NO_JOB, version: session.value.version };
    const [removal] = await work.restraints.fly({ batch, sessions: [session.value] }, async () =>
      source.remove([planned], { thresholds: null }, batch, turn.value),
    );
    switch (removal?.kind) {
      case "deleted":
        work.facts.heldLess(1);
        work.removals.noteCall(ref, work.runtime.now());
        work.lineage.forget(ref);
        await bindChildren(work, ref, turn.value);
        await forget(work, source, batch);
        return { kind: "deleted" };
      case "absent":
        await forget(work, source, batch);
        return { kind: "absent" };
      case "changed":
        await forget(work, source, batch);
        break;
      case "unknown":
      case "failed":
      case "has_children":
      case "refused":
      case undefined:
        return { kind: "unavailable" };
    }
  }
  return { kind: "unavailable" };
}

/** What was read; one that cannot be read may be removed all the same, because its caller names it. */
function readOf(
  ref: SessionRef,
  read: Result<Session | null, Fault>,
): Result<(Session & { readonly unreadable?: true }) | null, Fault> {
  if (read.ok || read.error.kind !== "unreadable" || read.error.version === undefined) {
    return read;
  }
  const { version } = read.error;
  return ok({
    ...ref,
    clocks: {},
    activity_read: true,
    busy: false,
    person: [],
    parent: null,
    version,
    metadata: null,
    unreadable: true,
  });
}

/**
 * A removal whose answer was lost is fenced, so that it cannot happen after the caller was told otherwise; one that
 * is under way for another caller is not.
 */
async function resolveOpen(work: Work, source: BatchSource): Promise<void> {
  const open = work.batches.open(NO_JOB);
  for (const { batch } of open.filter((one) => !work.restraints.isUnderWay(one.batch))) {
    const resolved = await work.meter.ask(async (turn) => source.resolve(batch, turn));
    if (resolved.ok) {
      await forget(work, source, batch);
    }
  }
}

async function forget(work: Work, source: BatchSource, batch: string): Promise<void> {
  const done = await work.meter.ask(async (turn) => source.forgetBatch(batch, turn));
  if (done.ok) {
    work.batches.forget(batch);
  }
}
