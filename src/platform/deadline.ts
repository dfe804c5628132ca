/** The answer of another object took too long; it may still come to pass. */
class Impatient extends Error {}

/** Waits for a call to another object, and no longer than this. Rejects as the call does, or `Impatient`. */
export async function atMost<T>(ms: number, call: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Impatient(`no answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
