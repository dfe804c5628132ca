import { createMiddleware } from "hono/factory";
import { equalSecrets } from "../../core/values/hash.ts";
import { readBounded } from "../../platform/bounded_body.ts";
import type { PageContext } from "../context.ts";
import type { PageEnv } from "../context.ts";
import { refusal } from "../frame/refusal.tsx";
import { TOKEN_FIELD } from "../frame/form.tsx";

/** The largest form that is read, in bytes: a policy or a list of identifiers fits. */
const FORM_MAX_BYTES = 256 * 1024;

const FORM_TYPE = /^application\/x-www-form-urlencoded\s*(;|$)/i;

/** Whether a request comes from a page of this deployment: browsers name the origin of every form they send. */
export function isFromHere(c: PageContext): boolean {
  return c.req.header("origin") === new URL(c.req.url).origin;
}

/** The fields of a form; null: it is none. */
export async function readForm(c: PageContext): Promise<URLSearchParams | "too_large" | null> {
  if (!FORM_TYPE.test(c.req.header("content-type") ?? "")) {
    return null;
  }
  const read = await readBounded(c.req.raw, FORM_MAX_BYTES);
  if (!read.ok) {
    return read.error === "too_large" ? read.error : null;
  }
  return new URLSearchParams(read.value);
}

/** Says of a form that is too large that it is: it may be of a page of ours, with more in it than it takes. */
export function refuseLarge(c: PageContext) {
  return refusal(c, 413, `This form holds more than ${FORM_MAX_BYTES / 1024} KiB.`);
}

/** Lets a form pass that a page of ours has made for who is signed in, and no other. */
export const requireOwnForm = createMiddleware<PageEnv>(async (c, next) => {
  const form = isFromHere(c) ? await readForm(c) : null;
  if (form === "too_large") {
    return refuseLarge(c);
  }
  if (form === null || !equalSecrets(form.get(TOKEN_FIELD) ?? "", c.get("signed_in").form_token)) {
    return refusal(
      c,
      403,
      "This form is not one that this page has made for you: open the page again.",
    );
  }
  c.set("form", form);
  return next();
});
