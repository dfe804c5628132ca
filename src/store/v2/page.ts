import * as z from "zod";

/** Why these two are refused: a filter that is ignored answers everything, and a regex cannot be bounded. */
const unsupported = z
  .undefined("not supported by the embedded store: leave it out and match the rows yourself")
  .optional();

/** What every list takes; `T` says what its page key holds. */
export function pageQuery<T extends z.ZodType>(place: T) {
  return {
    limit: z
      .string()
      .regex(/^([1-9]\d?|100)$/, "a whole number from 1 to 100")
      .transform(Number)
      .default(10),
    page_key: z
      .string()
      .max(2000)
      .transform(decode)
      .pipe(place)
      .nullable()
      .catch((context) => {
        context.issues.push({ code: "custom", message: "", input: context.value });
        return null;
      })
      .default(null),
    filter: unsupported,
    metadata_filter: unsupported,
  };
}

function decode(text: string): unknown {
  try {
    return JSON.parse(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    // Not a page key of ours: the schema it is piped into says so.
    return undefined;
  }
}
