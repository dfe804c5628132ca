import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyGuides } from "../../scripts/assets/guides.ts";
import { hasReference, placeReference, SCALAR } from "../../scripts/assets/reference.ts";

let folder = "";
let target = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lethe-assets-"));
  mkdirSync(join(folder, "assets"));
  target = join(folder, "assets/scalar.js");
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An archive as npm packs one, with what else a package has, and its integrity. */
function pack(script: string): { readonly archive: string; readonly integrity: string } {
  const file = join(folder, SCALAR.file);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, script);
  writeFileSync(join(folder, "package/package.json"), "{}");
  const archive = join(folder, "a.tgz");
  execFileSync("tar", ["-czf", archive, "-C", folder, "package"]);
  const digest = createHash("sha512").update(readFileSync(archive)).digest("base64");
  return { archive, integrity: `sha512-${digest}` };
}

describe("the API reference of /docs", () => {
  it("is the one file of the archive that was looked at, and says which version it is", async () => {
    const { archive, integrity } = pack("show();");
    const asked: string[] = [];
    await placeReference(target, { ...SCALAR, integrity }, (spec) => {
      asked.push(spec);
      return Promise.resolve(archive);
    });
    expect(asked).toEqual([`@scalar/api-reference@${SCALAR.version}`]);
    expect(readFileSync(target, "utf8")).toMatch(
      /^\/\*! @scalar\/api-reference .*\*\/\nshow\(\);$/,
    );
    expect(readdirSync(join(folder, "assets"))).toEqual(["scalar.js"]);
    expect(await hasReference(target)).toBe(true);
    expect(await hasReference(target, { ...SCALAR, version: "1.0.0" })).toBe(false);
  });

  it("is not taken out of another archive, and what is there stays", async () => {
    const { archive } = pack("steal();");
    writeFileSync(target, "before");
    await expect(placeReference(target, SCALAR, () => Promise.resolve(archive))).rejects.toThrow(
      /the archive is sha512-.* and must be sha512-/,
    );
    expect(readFileSync(target, "utf8")).toBe("before");
    expect(await hasReference(target)).toBe(false);
  });

  it("stays away where there is no network", async () => {
    const offline = () => Promise.reject(new Error("ENOTFOUND"));
    await expect(placeReference(target, SCALAR, offline)).rejects.toThrow("ENOTFOUND");
    expect(existsSync(target)).toBe(false);
    expect(await hasReference(target)).toBe(false);
  });
});

describe("the guides of /docs", () => {
  it("are copied as text, left alone where they are the same, and go with their original", async () => {
    const [from, to] = [join(folder, "docs"), join(folder, "assets/guides")];
    mkdirSync(from);
    writeFileSync(join(from, "A.md"), "# A");
    writeFileSync(join(from, "B.md"), "# B");
    writeFileSync(join(from, "schema.json"), "{}");
    await copyGuides(from, to);
    expect(readdirSync(to).toSorted((a, b) => a.localeCompare(b))).toEqual(["A.txt", "B.txt"]);
    const before = statSync(join(to, "A.txt")).mtimeMs;
    writeFileSync(join(from, "B.md"), "# B, anew");
    rmSync(join(from, "B.md"));
    writeFileSync(join(from, "C.md"), "# C");
    await copyGuides(from, to);
    expect(readdirSync(to).toSorted((a, b) => a.localeCompare(b))).toEqual(["A.txt", "C.txt"]);
    expect(statSync(join(to, "A.txt")).mtimeMs).toBe(before);
    writeFileSync(join(from, "C.md"), "# C, anew");
    await copyGuides(from, to);
    expect(readFileSync(join(to, "C.txt"), "utf8")).toBe("# C, anew");
  });
});
