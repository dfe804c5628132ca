import { findKey } from "../../core/values/secret_key.ts";
import type { PageContext } from "../context.ts";
import { plainPage, refusal } from "../frame/refusal.tsx";
import { signIn } from "./cookie.ts";
import { isFromHere, readForm, refuseLarge } from "./forgery.ts";
import { pathWithin } from "./require_sign_in.ts";

/** The page that asks for an API key. */
export function showSignIn(c: PageContext) {
  return ask(c, pathWithin(c.req.query("to") ?? null, c.req.url), null);
}

/** Signs in by an API key, and goes on to where its holder wanted to go. */
export async function takeSignIn(c: PageContext) {
  const { config } = c.get("deps");
  const form = isFromHere(c) ? await readForm(c) : null;
  if (form === "too_large") {
    return refuseLarge(c);
  }
  if (form === null || config.keyring === null) {
    return refusal(c, 403, "This form was not sent by this page: open the page again.");
  }
  const to = pathWithin(form.get("to"), c.req.url);
  const key = findKey(config.api_keys, (form.get("key") ?? "").trim());
  if (key === null) {
    return ask(
      c,
      to,
      "This is none of the keys in API_KEYS. Look for a missing character at its end.",
    );
  }
  signIn(c, config.keyring, key);
  return c.redirect(to, 303);
}

function ask(c: PageContext, to: string, wrong: string | null) {
  return plainPage(
    c,
    "Sign in to Lethe",
    <form method="post" action="/sign-in" class="stack">
      {wrong === null ? null : (
        <p class="note bad" role="alert" id="wrong">
          {wrong}
        </p>
      )}
      <input type="hidden" name="to" value={to} />
      <label for="key">API key</label>
      <input
        id="key"
        name="key"
        type="password"
        autocomplete="current-password"
        required
        autofocus
        aria-describedby={wrong === null ? undefined : "wrong"}
      />
      <button type="submit">Sign in</button>
      <p class="small">
        Pages show and do what this key may. Signing in lasts 8 hours, or until the key is taken out
        of <code>API_KEYS</code>.
      </p>
    </form>,
    wrong === null ? 200 : 401,
  );
}
