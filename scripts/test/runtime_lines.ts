/** How the runtime's own lines begin: an object that a test kills makes some, and so would one that dies by itself. */
const RUNTIME = /^(uncaught exception; |NOSENTRY |stack: \/\S+workerd@)/;

/** Parts the runtime's own lines from all others, as text comes in, so that they can be shown later. */
export class RuntimeLines {
  readonly #kept: string[] = [];
  #open = "";

  /** Takes in text; answers what is to be shown now, in whole lines. */
  hear(text: string): string {
    const lines = (this.#open + text).split("\n");
    this.#open = lines.pop() ?? "";
    return this.#others(lines)
      .map((line) => `${line}\n`)
      .join("");
  }

  /** What came last, without an end of its line. */
  rest(): string {
    return this.#others([this.#open]).join("");
  }

  /** The runtime's lines so far. */
  get kept(): readonly string[] {
    return this.#kept;
  }

  #others(lines: readonly string[]): string[] {
    return lines.filter((line) => {
      const isOfRuntime = RUNTIME.test(line);
      if (isOfRuntime) {
        this.#kept.push(line);
      }
      return !isOfRuntime;
    });
  }
}
