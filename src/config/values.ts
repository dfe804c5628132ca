import * as z from "zod";
import { before, parseDuration } from "../core/values/duration.ts";
import { keyOfSecret, SECRET_RULE } from "../core/values/standard_webhooks.ts";
import { isLoopback } from "../sources/provider.ts";

// The kinds of text that variables hold. What is said of a wrong one also says what counts until it is right.

const DAY_MS = 86_400_000;

/** One of a few words. */
export function word<const W extends readonly string[]>(words: W) {
  return z.enum(words, { error: `write ${words.map((one) => `"${one}"`).join(" or ")}` });
}

/** A share above 0, at most 100. */
export function percent(problem: string) {
  return z
    .string()
    .regex(/^\d{1,3}(\.\d{1,6})?$/, problem)
    .transform(Number)
    .refine((share) => share > 0 && share <= 100, problem);
}

/** An ISO 8601 duration; of a day or more where it is said what is wrong with less. */
export function duration(until: string, tooShort?: string) {
  return z.string().transform((text, context) => {
    const parsed = parseDuration(text);
    // From the same time back, whatever the month.
    const isShort = parsed.ok && tooShort !== undefined && before(0, parsed.value) > -DAY_MS;
    if (parsed.ok && !isShort) {
      return parsed.value;
    }
    const problem = parsed.ok ? tooShort : parsed.error;
    context.addIssue({ code: "custom", message: `${problem}; ${until}` });
    return z.NEVER;
  });
}

/** Words with commas between them. */
export function list() {
  return z.string().transform(splitList);
}

/** The words of a text that has commas between them. */
export function splitList(text: string): string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean);
}

/** Origins with commas between them. */
export function origins(problem: string) {
  return list().refine((all) => all.every(isOrigin), problem);
}

/** Whether a word is an origin as browsers send it. */
export function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

/** Where the callback goes; whether its host is named for it is another variable's matter. */
export function callbackUrl() {
  return z
    .string()
    .refine(URL.canParse, { error: 'not a URL: write "https://…"', abort: true })
    .refine((url) => isSecure(new URL(url)), {
      error: "only https, or http on this machine",
      abort: true,
    })
    .refine(
      (url) => isPlain(new URL(url)),
      "neither a user, nor a password, nor a fragment: the signature says who sends it",
    );
}

/** Whether what is sent there stays secret. */
export function isSecure({ protocol, href }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(href));
}

/** Whether it holds nothing but a place. */
export function isPlain({ username, password, hash }: URL): boolean {
  return username === "" && password === "" && hash === "";
}

/** The keys of secrets with spaces between them. */
export function callbackSecrets(most: number) {
  return z.string().transform((text, context) => {
    const secrets = text.split(/\s+/).filter(Boolean);
    const keys = secrets.flatMap((secret) => keyOfSecret(secret) ?? []);
    if (keys.length === secrets.length && secrets.length <= most) {
      return keys;
    }
    const message = `${SECRET_RULE}; up to ${most} with spaces between them`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}
