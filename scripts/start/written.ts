/** Whether what was written to the standard output came through. */
export interface Written {
  /** Why not; null: it did, so far. */
  failure(): NodeJS.ErrnoException | null;
  /** Waits until what was written last came through or failed. Answers what to say of a failure. */
  end(): Promise<string | null>;
}

/** `stop` is called when the output fails first: its reader went away (`… | head`), or its disk is full. */
export function watchOutput(stop: () => void): Written {
  let failed: NodeJS.ErrnoException | null = null;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    failed ??= error;
    stop();
  });
  return {
    failure: () => failed,
    end: async () => {
      await new Promise<void>((resolve) => {
        process.stdout.write("", () => setImmediate(resolve));
      });
      // A reader that went away is no failure to tell of.
      return failed === null || failed.code === "EPIPE"
        ? null
        : `the output cannot be written: ${failed.message}`;
    },
  };
}
