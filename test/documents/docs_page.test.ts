import { readdirSync } from "node:fs";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { docsPage, DOCS_POLICY } from "../../src/api/docs_page.ts";
import { JOB_ERROR_CODES } from "../../src/core/report/job_errors.ts";
import { PROBLEM_CODES } from "../../src/api/http/error_codes.ts";
import { textOf } from "./text.ts";

const PAGE = String(await docsPage());

/** The script of the page, run in a page that has just been read. */
function runScript({
  reference,
  guides,
}: {
  readonly reference: boolean;
  readonly guides: boolean;
}) {
  const asked: string[] = [];
  const shown: unknown[][] = [];
  const links: { href?: string; children: unknown[] }[] = [];
  const without = { hidden: false };
  const about = { setAttribute: () => undefined };
  const guide = { dataset: { guide: "HOLDS" }, childNodes: ["HOLDS"], append: () => undefined };
  let ready = (): void => undefined;
  const Scalar = { createApiReference: (...args: unknown[]) => shown.push(args) };
  const context: Record<string, unknown> = {
    ...(reference ? { Scalar } : {}),
    fetch: (path: string) => {
      asked.push(path);
      return Promise.resolve({ ok: guides });
    },
    document: {
      addEventListener: (_: string, run: () => void) => (ready = run),
      getElementById: (id: string) => (id === "without" ? without : about),
      querySelectorAll: () => [guide],
      createElement: () => {
        const link = {
          children: [] as unknown[],
          append: (...all: unknown[]) => link.children.push(...all),
        };
        links.push(link);
        return link;
      },
    },
  };
  runInNewContext(textOf("assets/docs.js"), context);
  ready();
  return { context, asked, shown, links, without };
}

describe("the page /docs", () => {
  test("loads from its own host alone, and nothing inline runs", () => {
    const loaded = [...PAGE.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, where = ""]) => where);
    expect(loaded).toEqual(["/icon.svg", "/docs.css", "/docs.js", "/scalar.js", "/openapi.json"]);
    expect(PAGE).not.toMatch(/<script(?! src=)|<style|style=|\son\w+=/);
    expect(DOCS_POLICY).toMatch(/^default-src 'none'; script-src 'self'; /);
    expect(DOCS_POLICY).not.toMatch(/https?:|\*|unsafe-eval/);
  });

  test("says of each error of a job what it means and what to do, without links that lead nowhere", () => {
    for (const code of JOB_ERROR_CODES) {
      expect(PAGE).toContain(`<dt id="job-${code}">`);
    }
    expect(PAGE).toContain("The switch pauses removals. The job waits. End the pause with");
    expect(PAGE).toContain("The job makes no progress. See A job is `stalled`.");
    expect(PAGE).not.toContain("](");
  });

  test("has an anchor for each problem code, and names guides that there are", () => {
    for (const code of PROBLEM_CODES) {
      expect(PAGE).toContain(`<dt id="${code}">`);
    }
    const named = [...PAGE.matchAll(/data-guide="(\w+)"/g)].map(([, name]) => `${name}.md`);
    expect(named.length).toBeGreaterThan(8);
    expect(readdirSync("docs")).toEqual(expect.arrayContaining(named));
  });

  test("shows the reference where it is there, which then asks no other host and keeps no key", async () => {
    const { context, shown, without } = runScript({ reference: true, guides: true });
    // What its zod looks at before it tries `eval`.
    expect(context["__zod_globalConfig"]).toEqual({ jitless: true });
    expect(without.hidden).toBe(true);
    expect(shown).toMatchObject([
      [
        "#reference",
        {
          url: "/openapi.json",
          proxyUrl: "",
          telemetry: false,
          withDefaultFonts: false,
          persistAuth: false,
          hideClientButton: true,
          agent: { disabled: true },
        },
      ],
    ]);
    expect(JSON.stringify(shown)).not.toContain("http");
  });

  test("says how to get it where it is not, and links the guides only where they are", async () => {
    const bare = runScript({ reference: false, guides: false });
    await Promise.resolve();
    expect([bare.shown, bare.without.hidden, bare.links]).toEqual([[], false, []]);
    expect(PAGE).toContain("npm run assets");
    const full = runScript({ reference: false, guides: true });
    await new Promise((wake) => setTimeout(wake, 0));
    expect(full.asked).toEqual(["/guides/HOLDS.txt"]);
    expect(full.links).toMatchObject([{ href: "/guides/HOLDS.txt", children: ["HOLDS"] }]);
  });
});
