import { env } from "cloudflare:workers";
import { createApp } from "../../src/api/app.ts";
import type { ApiDeps } from "../../src/deps.ts";
import { addPages } from "../../src/page/pages.tsx";

/** Where the pages of the tests are. */
const ORIGIN = "https://lethe.test";

export interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly location: string | null;
}

/** A browser without script: it keeps cookies, names its origin in forms, and finds the token in a page. */
export class Browser {
  readonly #app;
  cookie: string | null = null;
  /** What Cloudflare Access in front of the deployment adds to each request. */
  access: string | null = null;

  constructor(deps: () => ApiDeps) {
    this.#app = createApp(deps, addPages);
  }

  async open(path: string): Promise<Seen> {
    return this.#ask(path, { headers: {} });
  }

  /** Sends a form as the page at `from` would, with changes. */
  async submit(
    path: string,
    fields: Readonly<Record<string, string>>,
    headers = {},
  ): Promise<Seen> {
    return this.#ask(path, {
      method: "POST",
      body: new URLSearchParams(fields).toString(),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        origin: ORIGIN,
        ...headers,
      },
    });
  }

  async signIn(key: string): Promise<Seen> {
    return this.submit("/sign-in", { key, to: "/" });
  }

  /** The token of the forms of a page. */
  async token(path = "/"): Promise<string> {
    const { text } = await this.open(path);
    const token = /name="form_token" value="([^"]+)"/.exec(text)?.[1];
    if (token === undefined) {
      throw new Error(`${path} has no form`);
    }
    return token;
  }

  async #ask(
    path: string,
    { headers: given, ...init }: Omit<RequestInit, "headers"> & { headers: Record<string, string> },
  ): Promise<Seen> {
    const headers = {
      ...given,
      ...(this.cookie === null ? {} : { cookie: this.cookie }),
      ...(this.access === null ? {} : { "cf-access-jwt-assertion": this.access }),
    };
    const response = await this.#app.request(`${ORIGIN}${path}`, { ...init, headers }, env);
    const set = response.headers.get("set-cookie");
    if (set !== null) {
      const [pair = ""] = set.split(";");
      this.cookie = pair.endsWith("=") ? null : pair;
    }
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: response.headers.get("location"),
    };
  }
}
