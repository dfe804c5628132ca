import { judge, type Rule } from "../../core/rule/due.ts";
import { INCOMPARABLE } from "../../core/session/person.ts";
import type { Scalar, Session } from "../../core/session/session.ts";
import { newestAtOf, personOf } from "../tables/newest_candidates.ts";
import type { Work } from "../job/work.ts";

/** Pages of one person's sessions that are read for one answer. */
const MOST_PAGES = 20;

/** Whether a version keeps a session as one of the newest of a person it names, as `newest_candidates.ts` ranks them. */
export async function placeAmongNewest(
  work: Work,
  rule: Rule,
  latest: number,
  session: Session,
): Promise<"kept" | "not_kept" | "unknown"> {
  const field = personOf(session);
  if (field === undefined) {
    return "not_kept";
  }
  if (newestAtOf(session) === -Infinity || field.values.includes(INCOMPARABLE)) {
    return "kept";
  }
  for (const value of field.values) {
    const newer = await countNewer(work, rule, { type: field.type, value }, session);
    if (newer === null) {
      return "unknown";
    }
    if (newer < latest) {
      return "kept";
    }
  }
  return "not_kept";
}

/** How many sessions of a person go before one in the order of age; null when they cannot all be read. */
async function countNewer(
  work: Work,
  rule: Rule,
  person: { readonly type: string; readonly value: Scalar },
  session: Session,
): Promise<number | null> {
  const newer = new Set<string>();
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const turn = await work.meter.reserve();
    if (!turn.ok) {
      return null;
    }
    const read: Awaited<ReturnType<Work["source"]["list"]>> = await work.source.list(
      { kind: "person", identifiers: [person] },
      cursor,
      (sessions) => {
        for (const other of sessions) {
          if (names(other, person) && goesBefore(other, session) && matches(rule, other)) {
            newer.add(JSON.stringify([other.scope, other.id]));
          }
        }
      },
      turn.value,
    );
    if (!read.ok) {
      return null;
    }
    cursor = read.value.next;
    if (cursor === null) {
      return newer.size;
    }
  }
  return null;
}

function names(session: Session, { type, value }: { type: string; value: Scalar }): boolean {
  const field = personOf(session);
  return field?.type === type && field.values.includes(value);
}

function matches(rule: Rule, session: Session): boolean {
  return judge(rule, session).kind !== "unmatched";
}

function goesBefore(one: Session, other: Session): boolean {
  const [a, b] = [newestAtOf(one), newestAtOf(other)];
  if (a !== b) {
    return a > b;
  }
  return one.scope === other.scope ? one.id < other.id : one.scope < other.scope;
}
