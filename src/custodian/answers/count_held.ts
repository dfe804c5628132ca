import { matchesHold, type HoldSelector } from "../../core/hold/hold.ts";
import { matchesGlob } from "../../core/values/glob.ts";
import type { Query } from "../../sources/source.ts";
import type { Work } from "../job/work.ts";

/** Pages that are read for one count, and how long they may take: a hold is placed meanwhile. */
const MOST_PAGES = 20;
const MOST_MS = 2000;

/**
 * How many sessions a hold matches now; null: it is not known. A source that would have to be listed over the network is
 * not counted, and neither is a store of which a few pages do not tell.
 */
export async function countHeld(work: Work | null, selector: HoldSelector): Promise<number | null> {
  if (work === null || !work.source.capabilities.selective) {
    return null;
  }
  try {
    switch (selector.kind) {
      case "session":
        return await countOne(work, selector);
      case "scope":
        return await countScopes(work, selector.globs);
      case "subject":
        return await countListed(work, selector, {
          kind: "person",
          identifiers: selector.identifiers,
        });
      case "metadata":
        return await countListed(work, selector, { kind: "all" });
    }
  } finally {
    work.meter.save();
  }
}

async function countOne(
  work: Work,
  { scope, id }: Extract<HoldSelector, { kind: "session" }>,
): Promise<number | null> {
  const read = await work.meter.ask(async (turn) => work.source.read({ scope, id }, turn), {
    again: true,
  });
  if (!read.ok) {
    return read.error.kind === "unreadable" ? 1 : null;
  }
  return read.value === null ? 0 : 1;
}

async function countScopes(work: Work, globs: readonly string[]): Promise<number | null> {
  const { population } = work.source;
  if (population === undefined) {
    return null;
  }
  return countPages(work, async (cursor) => {
    const page = await work.meter.ask(async (turn) => population(cursor, turn));
    return page.ok
      ? {
          next: page.value.next,
          count: Object.entries(page.value.scopes)
            .filter(([scope]) => globs.some((glob) => matchesGlob(glob, scope)))
            .reduce((sum, [, n]) => sum + n, 0),
        }
      : null;
  });
}

async function countListed(
  work: Work,
  selector: HoldSelector,
  query: Query,
): Promise<number | null> {
  return countPages(work, async (cursor) => {
    let count = 0;
    const page = await work.meter.ask(async (turn) =>
      work.source.list(
        query,
        cursor,
        (sessions) => {
          count += sessions.filter((one) => matchesHold(selector, work.names, one)).length;
        },
        turn,
      ),
    );
    return page.ok ? { next: page.value.next, count } : null;
  });
}

/** Adds up the pages of a count; null: there are more than are read, or one cannot be. */
async function countPages(
  { runtime }: Pick<Work, "runtime">,
  read: (cursor: string | null) => Promise<{ next: string | null; count: number } | null>,
): Promise<number | null> {
  const from = runtime.now();
  let sum = 0;
  let cursor: string | null = null;
  for (let page = 0; page < MOST_PAGES && runtime.now() - from < MOST_MS; page++) {
    const counted: Awaited<ReturnType<typeof read>> = await read(cursor);
    if (counted === null) {
      return null;
    }
    sum += counted.count;
    cursor = counted.next;
    if (cursor === null) {
      return sum;
    }
  }
  return null;
}
