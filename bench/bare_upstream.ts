/** A bare client's work: the sessions to remove, and where. */
export interface UpstreamPlan {
  readonly endpoint: string;
  readonly api_key: string;
  readonly ids: readonly string[];
}

/** Reads and deletes each session in a sliding window of six fetches, and keeps nothing. */
export async function bareUpstream({
  endpoint,
  api_key: key,
  ids,
}: UpstreamPlan): Promise<{ ms: number; calls: number }> {
  const queue = [...ids];
  let calls = 0;
  const post = async (path: string, id: string): Promise<void> => {
    calls += 1;
    const response = await fetch(`${endpoint}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ client_session_id: id }),
    });
    await response.text();
  };
  const from = Date.now();
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
        await post("/client_sessions/get", id);
        await post("/client_sessions/delete", id);
      }
    }),
  );
  return { ms: Date.now() - from, calls };
}
