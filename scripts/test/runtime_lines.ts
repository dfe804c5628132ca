import { createInterface } from "node:readline";

/** How the runtime's own lines begin: an object that a test kills makes some, and so would one that dies by itself. */
const RUNTIME = /^(uncaught exception; |NOSENTRY |stack: \/\S+workerd@)/;

/** Shows the lines of a text as it comes in, except the runtime's own, which it answers when the text has ended. */
export async function showOtherLines(
  text: NodeJS.ReadableStream,
  show: (line: string) => void,
): Promise<readonly string[]> {
  const kept: string[] = [];
  for await (const line of createInterface({ input: text })) {
    if (RUNTIME.test(line)) {
      kept.push(line);
    } else {
      show(line);
    }
  }
  return kept;
}
