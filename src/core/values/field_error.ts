import * as z from "zod";

/** One thing that is wrong with a document: where, and what to do about it. */
export const FieldError = z.strictObject({ field: z.string(), message: z.string() });
export type FieldError = Readonly<z.infer<typeof FieldError>>;

/** Turns the issues of a zod error into field errors, naming unknown keys one by one. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return errorsOf(error.issues, []);
}

function errorsOf(
  issues: readonly z.core.$ZodIssue[],
  parent: readonly PropertyKey[],
): FieldError[] {
  return issues.flatMap((issue) => {
    const path = [...parent, ...issue.path];
    const meant = issue.code === "invalid_union" ? meantBranch(issue) : null;
    if (meant !== null) {
      return errorsOf(meant, path);
    }
    const at = fieldPath(path);
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({
        field: at === "" ? key : `${at}.${key}`,
        message: "unknown key: remove it, or correct its spelling",
      }));
    }
    return [{ field: at, message: describe(issue) }];
  });
}

/** What is wrong with the one alternative of a union that the value's own type fits; null if none or several. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | null {
  const fitting = issue.errors.filter(
    ([first]) => !(first?.code === "invalid_type" && first.path.length === 0),
  );
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

/** Writes a path as it is told: `match.scope[0]`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") {
      return `${text}[${key}]`;
    }
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

const NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a JSON object",
  record: "a JSON object",
};

/** How zod words what no schema words itself. */
const DEFAULT_MESSAGE = /^(Invalid (input|option)\b|Too (small|big): )/;

/** What a bound counts, by what it bounds: too little, too much, and how to write it. */
const BOUNDS: Readonly<Record<string, readonly [string, string, (amount: string) => string]>> = {
  string: ["too short", "too long", (amount) => `write ${amount} characters`],
  array: ["too few", "too many", (amount) => `list ${amount}`],
};

function bound(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [little, much, fix] = BOUNDS[issue.origin] ?? [
    "too small",
    "too large",
    (amount: string) => `write ${amount}`,
  ];
  if (issue.code === "too_small") {
    const least = String(issue.minimum);
    return `${little}: ${fix(issue.inclusive === false ? `more than ${least}` : `${least} or more`)}`;
  }
  const most = String(issue.maximum);
  return `${much}: ${fix(issue.inclusive === false ? `less than ${most}` : `at most ${most}`)}`;
}

function describe(issue: z.core.$ZodIssue): string {
  // A key of a record: what is wrong with it stands one level down.
  if (issue.code === "invalid_key") {
    return issue.issues[0]?.message ?? issue.message;
  }
  if (!DEFAULT_MESSAGE.test(issue.message)) {
    return issue.message;
  }
  if (issue.code === "invalid_union") {
    const wanted = issue.errors.flatMap(([first]) =>
      first?.code === "invalid_type" ? [NAMES[first.expected] ?? first.expected] : [],
    );
    return `write ${wanted.join(", or ")}`;
  }
  if (issue.code === "invalid_value") {
    return `write one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
  }
  if (issue.code === "too_small" || issue.code === "too_big") {
    return bound(issue);
  }
  if (issue.code !== "invalid_type") {
    return issue.message;
  }
  const wanted = NAMES[issue.expected] ?? issue.expected;
  return issue.message.endsWith("received undefined")
    ? `missing: write ${wanted}`
    : `not ${wanted}: write ${wanted}`;
}
