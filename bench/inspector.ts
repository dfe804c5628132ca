/** A line to the inspector of one isolate. */
export interface Inspector {
  /** Heap in use, in bytes, garbage included. */
  heap(): Promise<number>;
  close(): void;
}

interface Answer {
  readonly id?: number;
  readonly result?: { readonly usedSize?: number };
}

/** Opens the inspector at a WebSocket URL (Chrome DevTools Protocol). */
export async function openInspector(url: string): Promise<Inspector> {
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error(`no inspector at ${url}`)), {
      once: true,
    });
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener("message", ({ data }) => {
    const answer: Answer = JSON.parse(String(data));
    waiting.get(answer.id ?? 0)?.(answer);
  });
  let last = 0;
  const ask = async (method: string): Promise<Answer> => {
    last += 1;
    const id = last;
    const answer = new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
    });
    socket.send(JSON.stringify({ id, method }));
    return answer;
  };
  return {
    async heap() {
      const { result } = await ask("Runtime.getHeapUsage");
      return result?.usedSize ?? Number.NaN;
    },
    close: () => socket.close(),
  };
}
