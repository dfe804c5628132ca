import * as z from "zod";
import { Refusal } from "./arguments.ts";

/** The Worker's API, with one key. */
export interface ApiClient {
  /** The parsed body, or null for a 404. Throws a Refusal for anything else that is not 2xx. */
  get(path: string): Promise<unknown>;
  put(path: string, body: unknown): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  /** Sends whole records, one a line. */
  importLines(lines: readonly string[]): Promise<void>;
}

const TIMEOUT_MS = 60_000;

const Problem = z.object({
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
});

/** The sentences of a problem body; of anything else, its beginning. */
function problemText(body: string): string {
  try {
    const { detail, errors } = Problem.parse(JSON.parse(body));
    return [detail, ...errors.map(({ field, message }) => `${field}: ${message}`)].join(" ");
  } catch {
    return body.slice(0, 300);
  }
}

/** `fetcher` is the platform's `fetch`, or a test's. */
export function apiClient(base: string, key: string, fetcher: typeof fetch): ApiClient {
  const call = async (
    method: string,
    path: string,
    type: string,
    body: string | null,
  ): Promise<unknown> => {
    const answer = await fetcher(base + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === null ? {} : { "content-type": type }),
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await answer.text();
    if (method === "GET" && answer.status === 404) {
      return null;
    }
    if (!answer.ok) {
      throw new Refusal(`${method} ${path} answered ${answer.status}: ${problemText(text)}`);
    }
    return text === "" ? null : (JSON.parse(text) as unknown);
  };
  return {
    get: (path) => call("GET", path, "", null),
    put: (path, body) => call("PUT", path, "application/json", JSON.stringify(body)),
    post: (path, body) => call("POST", path, "application/json", JSON.stringify(body)),
    importLines: async (lines) => {
      await call("POST", "/v1/sessions/import", "application/x-ndjson", `${lines.join("\n")}\n`);
    },
  };
}
