import type { Caller } from "../config/keys.ts";
import { askAs } from "../api/http/auth.ts";
import type { Problem } from "../api/http/problem.ts";
import type { App } from "../api/http/router.ts";

/** What the API answered: what was asked for, or a problem of its catalogue. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T; readonly etag: string | null }
  | { readonly ok: false; readonly problem: Problem };

/** The API, asked with the key of whoever is signed in. A page reads and does nothing by any other way. */
export interface Api {
  get<T>(path: string): Promise<Answer<T>>;
  send<T>(method: "POST" | "PUT" | "DELETE", path: string, more?: Sent): Promise<Answer<T>>;
}

interface Sent {
  readonly body?: unknown;
  /** A body as a person wrote it: a key that is there twice would be lost in reading it here. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Asks the API in this same Worker: every scope, limit and log line is that of a request from outside. */
export function apiAs(key: Caller, app: App, env: Env, url: string): Api {
  const send = async <T>(
    method: string,
    path: string,
    { body, text = body === undefined ? undefined : JSON.stringify(body), headers }: Sent,
  ): Promise<Answer<T>> => {
    const request = new Request(new URL(path, url), {
      method,
      headers: {
        ...headers,
        ...(text === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(text === undefined ? {} : { body: text }),
    });
    const response = await app.fetch(askAs(key, request), env);
    const answer: unknown = response.status === 204 ? null : await response.json();
    return response.ok
      ? { ok: true, value: answer as T, etag: response.headers.get("etag") }
      : { ok: false, problem: answer as Problem };
  };
  return {
    get: (path) => send("GET", path, {}),
    send: (method, path, more = {}) => send(method, path, more),
  };
}
