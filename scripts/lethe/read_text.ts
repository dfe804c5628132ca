import { readFile } from "node:fs/promises";
import { Refusal } from "../start/arguments.ts";
import { codeOf } from "../start/files.ts";

/** The text of a file. One that cannot be read, or is not UTF-8, is refused, without a part of it. */
export async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") {
      throw new Refusal(`${file}: there is no such file`);
    }
    throw new Refusal(
      code === "ERR_ENCODING_INVALID_ENCODED_DATA"
        ? `${file} is not UTF-8`
        : `${file} cannot be read: ${code}`,
    );
  }
}
