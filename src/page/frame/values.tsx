import { figure, minuteOf, spelled } from "../../core/values/words.ts";
import { Prose } from "./prose.tsx";

/** A count as people read it: 12,345. */
export function Figure({ of }: { readonly of: number }) {
  return <>{figure(of)}</>;
}

/** A count, or that nobody knows it. */
export function Count({ of }: { readonly of: number | null }) {
  return of === null ? <span class="soft">not known</span> : <Figure of={of} />;
}

interface TimeProps {
  readonly at: string | null;
  /** Epoch milliseconds. */
  readonly now: number;
  /** What is said where there is no time. */
  readonly none?: string;
}

/** A time in UTC to the minute, and how far it is from now. */
export function Time({ at, now, none = "never" }: TimeProps) {
  if (at === null) {
    return <span class="soft">{none}</span>;
  }
  return (
    <time datetime={at} title={at}>
      {minuteOf(at)} <span class="soft">({distance(Date.parse(at) - now)})</span>
    </time>
  );
}

const TIMES = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;

/** A sentence of the API, with its times and names of code as all others are shown. */
export function Said({ text, now }: { readonly text: string; readonly now: number }) {
  return (
    <>
      {text
        .split(TIMES)
        .map((part, place) =>
          place % 2 === 0 ? <Prose of={part} /> : <Time at={part} now={now} />,
        )}
    </>
  );
}

const UNITS: readonly (readonly [string, number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** "in 3 days", "5 minutes ago", "now". */
function distance(ms: number): string {
  for (const [name, length] of UNITS) {
    const count = Math.floor(Math.abs(ms) / length);
    if (count > 0) {
      const span = `${count} ${name}${count === 1 ? "" : "s"}`;
      return ms > 0 ? `in ${span}` : `${span} ago`;
    }
  }
  return "now";
}

const GOOD: ReadonlySet<string> = new Set(["completed", "ok", "enforce", "in_force", "closed"]);
const BAD: ReadonlySet<string> = new Set([
  "failed",
  "stalled",
  "failing",
  "conflict",
  "partial",
  "invalid",
  "open",
]);
const WAITS: ReadonlySet<string> = new Set([
  "braked",
  "needs_approval",
  "paused",
  "planned",
  "half_open",
]);

/** A status as its word, in a colour that says no more than the word. */
export function Status({ of }: { readonly of: string }) {
  const kind = GOOD.has(of) ? "good" : BAD.has(of) ? "bad" : WAITS.has(of) ? "warn" : "";
  return <span class={`tag ${kind}`.trimEnd()}>{spelled(of)}</span>;
}
