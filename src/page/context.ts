import type { Context } from "hono";
import { mayDo } from "../api/http/auth.ts";
import type { AppEnv } from "../api/http/context.ts";
import type { Api } from "./call.ts";
import type { Caller, KeyScope } from "../config/keys.ts";

/** Who is signed in, and the token that their forms carry. */
export interface SignedIn {
  readonly key: Caller;
  readonly form_token: string;
  readonly by: "key" | "access";
}

/** What a page finds besides what a route does. The first two stand behind `requireSignIn`. */
export interface PageEnv extends AppEnv {
  Variables: AppEnv["Variables"] & {
    signed_in: SignedIn;
    api: Api;
    /** The fields of a form that is ours; behind `requireOwnForm`. */
    form: URLSearchParams;
  };
}

export type PageContext = Context<PageEnv>;

/** Whether the key of who is signed in has a key scope. */
export function may(c: PageContext, scope: KeyScope): boolean {
  return mayDo(c.get("signed_in").key, scope);
}

/** A field of the form that was sent; empty where it has none. */
export function sent(c: PageContext, name: string): string {
  return c.get("form").get(name) ?? "";
}
