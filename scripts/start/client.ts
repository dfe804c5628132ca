import * as z from "zod";
import { Refusal } from "./arguments.ts";
import { jsonOrNull } from "./json.ts";

/** What must be there for a write to count, or the key by which a request that is made again is known. */
export type Condition = Readonly<
  Partial<Record<"if-match" | "if-none-match" | "idempotency-key", string>>
>;

/** There is no answer, or none of a Lethe. */
export class Unreachable extends Refusal {}

/** The Worker answered something else than 2xx. */
export class AnswerRefusal extends Refusal {
  readonly status: number;
  /** The code of the API's catalogue; null: the answer is none of a Lethe. */
  readonly code: string | null;

  constructor(status: number, request: string, body: string) {
    const problem = readProblem(body);
    super(problem?.text ?? `${request} answered ${status}: ${body.slice(0, 300)}`);
    this.status = status;
    this.code = problem?.code ?? null;
  }
}

/** The Worker's API, with one key. */
export interface ApiClient {
  /** The parsed body, or null for a 404. All throw an AnswerRefusal for anything else that is not 2xx. */
  get(path: string): Promise<unknown>;
  put(path: string, body: unknown, condition?: Condition): Promise<unknown>;
  delete(path: string, condition?: Condition): Promise<void>;
  post(path: string, body: unknown, once?: Condition): Promise<unknown>;
  /** Sends whole records, one a line. */
  importLines(lines: readonly string[]): Promise<void>;
}

const TIMEOUT_MS = 60_000;

const Problem = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).default([]),
  places: z.array(z.object({ source: z.string(), scope: z.string().nullable() })).default([]),
});

/** What a problem says: the fields that are wrong, or its title and detail. Null: it is no problem body. */
function readProblem(body: string): { readonly code: string; readonly text: string } | null {
  const read = Problem.safeParse(jsonOrNull(body));
  if (!read.success) {
    return null;
  }
  const { code, title, detail, errors, places } = read.data;
  const wrong = errors.map(({ field, message }) =>
    field === "" ? message : `${field}: ${message}`,
  );
  const where = places.map(({ source, scope }) => [source, scope].filter(Boolean).join(" "));
  const said = wrong.length > 0 ? wrong.join("\n") : `${title}. ${detail}`;
  return { code, text: [said, ...where].join("\n  ") };
}

/** The body; one that breaks off is told as what it is. */
async function textOf(answer: Response, request: string): Promise<string> {
  try {
    return await answer.text();
  } catch (error) {
    throw new Unreachable(`the answer to ${request} broke off: ${String(error)}`);
  }
}

/** `fetcher` is the platform's `fetch`, or a test's. */
export function apiClient(base: string, key: string, fetcher: typeof fetch): ApiClient {
  const call = async (
    method: string,
    path: string,
    body: string | null = null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> => {
    const answer = await fetcher(base + path, {
      method,
      headers: { authorization: `Bearer ${key}`, ...headers },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const request = `${method} ${path}`;
    const text = await textOf(answer, request);
    if (method === "GET" && answer.status === 404) {
      return null;
    }
    if (!answer.ok) {
      throw new AnswerRefusal(answer.status, request, text);
    }
    try {
      return text === "" ? null : (JSON.parse(text) as unknown);
    } catch {
      throw new Unreachable(`${request} did not answer JSON: is this a Lethe?`);
    }
  };
  const sending = (method: string) => (path: string, body: unknown, condition?: Condition) =>
    call(method, path, JSON.stringify(body), { "content-type": "application/json", ...condition });
  return {
    get: (path) => call("GET", path),
    put: sending("PUT"),
    post: sending("POST"),
    delete: async (path, condition) => {
      await call("DELETE", path, null, condition);
    },
    importLines: async (lines) => {
      const type = { "content-type": "application/x-ndjson" };
      await call("POST", "/v1/sessions/import", `${lines.join("\n")}\n`, type);
    },
  };
}

/** What is answered; null where it is refused with one of these statuses. */
export async function unlessRefused<T>(
  statuses: readonly number[],
  answer: Promise<T>,
): Promise<T | null> {
  return answer.catch((error: unknown) => {
    if (error instanceof AnswerRefusal && statuses.includes(error.status)) {
      return null;
    }
    throw error;
  });
}
