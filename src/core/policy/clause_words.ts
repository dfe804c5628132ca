import { parseDuration } from "../values/duration.ts";

/** When a clause makes a session due, in words: "15 minutes after `expires_at`". */
export function clauseWords({ clock, after }: { readonly clock: string; readonly after: string }) {
  const span = durationWords(after);
  return span === "" ? `as soon as \`${clock}\` has passed` : `${span} after \`${clock}\``;
}

/** A stored duration in words: "1 year and 6 months"; nothing for one of no length. */
export function durationWords(text: string): string {
  const parsed = parseDuration(text);
  if (!parsed.ok) {
    return text;
  }
  const { months, days, ms } = parsed.value;
  const seconds = Math.floor(ms / 1000);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(months / 12), "year"],
    [months % 12, "month"],
    [days, "day"],
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [seconds % 60, "second"],
  ];
  const said = parts.flatMap(([count, unit]) =>
    count === 0 ? [] : [`${count} ${unit}${count === 1 ? "" : "s"}`],
  );
  const last = said.at(-1) ?? "";
  return said.length < 2 ? last : `${said.slice(0, -1).join(", ")} and ${last}`;
}
