import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as z from "zod";
import type { ApiKey } from "../../config/keys.ts";
import { equalSecrets, type Keyring } from "../../core/values/hash.ts";
import { parseJson } from "../../core/values/json.ts";
import type { PageContext, SignedIn } from "../context.ts";

/** How long one sign-in lasts: a working day. Seconds. */
const LASTS_SECONDS = 8 * 60 * 60;

/** The browser sends a `__Host-` cookie only to the host that set it, and only over https (or to itself). */
const NAME = "lethe";
const CONTEXT = "page sign-in";
/** A cookie is as long as this at most; what is longer is not ours. */
const COOKIE_MAX = 1000;

const Sealed = z.strictObject({
  /** The hash of the key that signed in: the key itself is kept nowhere. */
  key: z.string(),
  /** Epoch milliseconds. */
  until: z.int(),
  form_token: z.string(),
});

/** Signs a key in, for 8 hours or until it is taken out of API_KEYS. */
export function signIn(c: PageContext, keyring: Keyring, key: ApiKey): void {
  const { now, random } = c.get("deps");
  const sealed: z.output<typeof Sealed> = {
    key: key.sha256,
    until: now() + LASTS_SECONDS * 1000,
    form_token: Buffer.from(random(24)).toString("base64url"),
  };
  setCookie(c, NAME, keyring.seal(JSON.stringify(sealed), CONTEXT, random(12)), {
    prefix: "host",
    path: "/",
    secure: true,
    httpOnly: true,
    sameSite: "Strict",
    maxAge: LASTS_SECONDS,
  });
}

/** Forgets who is signed in, in this browser. */
export function signOut(c: PageContext): void {
  deleteCookie(c, NAME, { prefix: "host", path: "/", secure: true });
}

/** Who is signed in by the cookie; null: nobody, or not any more. */
export function readCookie(c: PageContext): SignedIn | null {
  const { config, now } = c.get("deps");
  const cookie = getCookie(c, NAME, "host");
  if (cookie === undefined || cookie.length > COOKIE_MAX) {
    return null;
  }
  const opened = config.keyring?.open(cookie, CONTEXT) ?? null;
  const json = opened === null ? null : parseJson(opened);
  const sealed = json?.ok === true ? Sealed.safeParse(json.value) : null;
  if (sealed?.success !== true || sealed.data.until <= now()) {
    return null;
  }
  const { key: hash, form_token: formToken } = sealed.data;
  const key = config.api_keys.find(({ sha256 }) => equalSecrets(sha256, hash));
  return key === undefined ? null : { key, form_token: formToken, by: "key" };
}
