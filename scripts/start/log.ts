import { closeSync, openSync, renameSync, writeSync } from "node:fs";

/** A file that is written to its end. */
export interface Log {
  write(chunk: Uint8Array): void;
  close(): void;
}

/**
 * A log of a bounded size, begun anew at each start. When it is full it becomes `<path>.old`, in place of an
 * earlier one: wrangler writes a line for each request, and a start may run for weeks.
 */
export function boundedLog(path: string, mostBytes: number): Log {
  let file = openSync(path, "w", 0o600);
  let size = 0;
  return {
    write: (chunk) => {
      if (size > 0 && size + chunk.length > mostBytes) {
        closeSync(file);
        renameSync(path, `${path}.old`);
        file = openSync(path, "w", 0o600);
        size = 0;
      }
      writeSync(file, chunk);
      size += chunk.length;
    },
    close: () => closeSync(file),
  };
}
