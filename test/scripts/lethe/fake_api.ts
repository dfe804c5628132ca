/** What a fake Lethe was asked. */
interface Call {
  /** Such as `POST /v1/sweeps`, with its query. */
  readonly call: string;
  readonly body: unknown;
  readonly idempotency_key: string | null;
}

/** A Lethe in memory that answers some calls, and knows one key. */
export interface FakeApi {
  readonly fetch: typeof fetch;
  readonly seen: Call[];
}

export const KEY = "seam_lethe_test_key";
export const ENV = { LETHE_URL: "http://127.0.0.1:8787", LETHE_KEY: KEY };

type Answer = object | ((body: unknown) => object);

/**
 * `answers` are by call. A list is one answer after another, the last for good; a Response answers as it is.
 * What is not there is a 404.
 */
export function fakeApi(answers: Readonly<Record<string, Answer | readonly Answer[]>>): FakeApi {
  const seen: Call[] = [];
  const times = new Map<string, number>();
  return {
    seen,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const { pathname, search } = new URL(request.url);
      const call = `${request.method} ${pathname}${search}`;
      const text = await request.text();
      const body: unknown = text === "" ? null : JSON.parse(text);
      seen.push({ call, body, idempotency_key: request.headers.get("idempotency-key") });
      if (request.headers.get("authorization") !== `Bearer ${KEY}`) {
        return problem(401, "No such key.");
      }
      const found = answers[call];
      if (found === undefined) {
        return problem(404, "There is none.");
      }
      const time = times.get(call) ?? 0;
      times.set(call, time + 1);
      const one = Array.isArray(found)
        ? (found as Answer[])[Math.min(time, found.length - 1)]
        : found;
      const answer = typeof one === "function" ? (one as (body: unknown) => object)(body) : one;
      return answer instanceof Response ? answer.clone() : Response.json(answer);
    },
  };
}

/** A refusal as the API writes it. */
export function problem(
  status: number,
  detail: string,
  { code = "refused", ...more }: { readonly code?: string; readonly errors?: object } = {},
): Response {
  return Response.json({ title: `Answered ${status}`, status, detail, code, ...more }, { status });
}
