import { SEAM_API_KEY, startFakeSeam, type FakeSeam } from "../seam.ts";
import { startFakeVectara, VECTARA_API_KEY, type FakeVectara } from "../vectara.ts";

export const NOW = "2026-03-01T00:00:00.000Z";
export const ONE = "00000000-0000-4000-8000-000000000001";
export const TWO = "00000000-0000-4000-8000-000000000002";

const running: { close(): Promise<void> }[] = [];

/** Closes every fake that a test started. */
export async function closeFakes(): Promise<void> {
  await Promise.all(running.splice(0).map((fake) => fake.close()));
}

/** A fake of Seam that closeFakes ends. */
export async function seamFake(...args: Parameters<typeof startFakeSeam>): Promise<FakeSeam> {
  const fake = await startFakeSeam(...args);
  running.push(fake);
  return fake;
}

/** A fake of Vectara that closeFakes ends. */
export async function vectaraFake(
  ...args: Parameters<typeof startFakeVectara>
): Promise<FakeVectara> {
  const fake = await startFakeVectara(...args);
  running.push(fake);
  return fake;
}

/** A POST with a key and a JSON body, the form that every version takes. */
export function seamCall(fake: FakeSeam, path: string, body: object = {}, key = SEAM_API_KEY) {
  return fetch(fake.url + path, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    redirect: "manual",
  });
}

/** A call with a key. */
export function vectaraCall(
  fake: FakeVectara,
  path: string,
  method = "GET",
  key = VECTARA_API_KEY,
) {
  return fetch(fake.url + path, { method, headers: { "x-api-key": key } });
}

/** A page as it is answered. */
export interface Listed {
  sessions: { key: string; agent_key: string }[];
  metadata: { page_key?: string };
}

/** One page of an agent's sessions. */
export async function listPage(fake: FakeVectara, agent: string, query: string): Promise<Listed> {
  const response = await vectaraCall(fake, `/v2/agents/${agent}/sessions?${query}`);
  return (await response.json()) as Listed;
}

/** A control call over HTTP, as a test in another runtime makes it. */
export function control(fake: { url: string }, path: string, body: object): Promise<Response> {
  return fetch(`${fake.url}/_fake/${path}`, { method: "POST", body: JSON.stringify(body) });
}

/** Two sessions past their expiry, the first one Jane's. */
export function twoSessions(): Parameters<typeof startFakeSeam>[0] {
  const expires_at = "2026-02-01T00:00:00Z";
  return {
    now: NOW,
    seed: {
      sessions: [
        { client_session_id: ONE, expires_at, user_identifier_key: "jane" },
        { client_session_id: TWO, expires_at },
      ],
    },
  };
}

/** One agent with so many generated sessions. */
export function agentWith(count: number): Parameters<typeof startFakeVectara>[0] {
  const generate = { agent_key: "support", count, now: NOW };
  return { now: NOW, seed: { agents: [{ key: "support" }], generate } };
}
