import type { VectaraOptions } from "./vectara.ts";
import type { Row } from "./vectara-store.ts";
import { isObject } from "./wire.ts";

/** A page, or the message of the 400 that the query earns. */
export type Page = { ok: true; rows: Row[]; metadata: Row } | { ok: false; messages: Row };

/** What tells one row from the next, and whether there is a last one. */
interface PageOrder {
  /** Ascending; paging by key needs them. */
  serials?: readonly number[] | undefined;
  /** After the last row the first comes again, and every page has another key. */
  isEndless?: boolean;
}

const LIMIT_DEFAULT = 10;
const LIMIT_MAX = 100;

function encode(cursor: Row): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64");
}

function decode(text: string): Row | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, "base64").toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Where the page begins; undefined when the cursor cannot be read. */
function startOf(cursor: string, serials: readonly number[]): number | undefined {
  if (cursor === "") {
    return 0;
  }
  const value = decode(cursor);
  const offset = value?.["offset"];
  if (typeof offset === "number" && Number.isSafeInteger(offset) && offset >= 0) {
    return offset;
  }
  const after = value?.["after"];
  if (typeof after !== "number") {
    return undefined;
  }
  const next = serials.findIndex((serial) => serial > after);
  return next < 0 ? serials.length : next;
}

/**
 * Cuts one page. By offset, the default, a deletion between two pages moves every later row up,
 * so a reader that deletes while it pages skips rows.
 */
export function cutPage(
  rows: readonly Row[],
  query: URLSearchParams,
  options: VectaraOptions,
  { serials = rows.map((_, index) => index), isEndless = false }: PageOrder = {},
): Page {
  const text = query.get("limit") ?? String(LIMIT_DEFAULT);
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > LIMIT_MAX) {
    return { ok: false, messages: { limit: `must be between 1 and ${LIMIT_MAX}` } };
  }
  const start = startOf(query.get("page_key") ?? "", serials);
  if (start === undefined) {
    return { ok: false, messages: { page_key: "is not a valid page key" } };
  }
  if (isEndless && rows.length > 0) {
    const turn = Array.from({ length: limit }, (_, place) => rows[(start + place) % rows.length]);
    const shown = turn.filter((row) => row !== undefined);
    return { ok: true, rows: shown, metadata: { page_key: encode({ offset: start + limit }) } };
  }
  const page = rows.slice(start, start + limit);
  const end = start + page.length;
  if (page.length === 0 || end >= rows.length) {
    return { ok: true, rows: page, metadata: options.page_end === "empty" ? { page_key: "" } : {} };
  }
  const key = encode(options.paging === "offset" ? { offset: end } : { after: serials[end - 1] });
  return { ok: true, rows: page, metadata: { page_key: key } };
}

/** The value at a dotted path. */
function valueAt(metadata: unknown, path: string): unknown {
  let value: unknown = metadata;
  for (const part of path.split(".")) {
    value = isObject(value) ? value[part] : undefined;
  }
  return value;
}

function literal(text: string): string | number {
  return text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : Number(text);
}

const TERM = `('(?:[^']|'')*'|-?\\d+(?:\\.\\d+)?)`;
const NAME = `(?:"([^"]+)"|([A-Za-z_]\\w*))`;
const EQUALS = new RegExp(`^\\s*${NAME}\\s*=\\s*${TERM}\\s*$`);
const MEMBER = new RegExp(`^\\s*${TERM}\\s+IN\\s+${NAME}\\s*$`, "i");

/** The two filter forms a person is looked up by; undefined for anything this cannot read. */
export function metadataTest(filter: string): ((metadata: unknown) => boolean) | undefined {
  const equals = EQUALS.exec(filter);
  if (equals !== null) {
    const wanted = literal(equals[3] ?? "");
    return (metadata) => valueAt(metadata, equals[1] ?? equals[2] ?? "") === wanted;
  }
  const member = MEMBER.exec(filter);
  if (member === null) {
    return undefined;
  }
  const wanted = literal(member[1] ?? "");
  return (metadata) => {
    const list = valueAt(metadata, member[2] ?? member[3] ?? "");
    return Array.isArray(list) && list.includes(wanted);
  };
}
