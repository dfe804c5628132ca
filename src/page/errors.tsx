import type { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ProblemCode } from "../api/http/error_codes.ts";
import type { Problem } from "../api/http/problem.ts";
import type { App } from "../api/http/router.ts";
import type { PageContext, PageEnv, SignedIn } from "./context.ts";
import { titleAfter } from "./frame/answer.tsx";
import { page } from "./frame/frame.tsx";
import { setPageHeaders } from "./frame/page_headers.ts";
import { plainPage, ProblemNote } from "./frame/refusal.tsx";
import { readAccess } from "./sign_in/access.ts";
import { readCookie } from "./sign_in/cookie.ts";

/** What is answered of a path that no route has, with a key and without one. */
const NOWHERE: ReadonlySet<ProblemCode> = new Set([
  "unknown_path",
  "unauthorized",
  "not_configured",
]);

/**
 * Answers with a page wherever a browser would get a problem of the API: of a path that is none, and of a page that
 * broke. Below the paths of the API everybody gets JSON.
 */
export function answerBrowsers(app: App, pages: Hono<PageEnv>) {
  let api: readonly string[] | null = null;
  return createMiddleware<PageEnv>(async (c, next) => {
    await next();
    const code = c.get("problem_code");
    if (code === null || !(c.req.header("accept") ?? "").includes("text/html")) {
      return;
    }
    const own = new Set(rootsOf(pages));
    api ??= rootsOf(app).filter((root) => root !== "*" && !own.has(root));
    if (!api.includes(rootOf(c.req.path))) {
      c.res = await (NOWHERE.has(code) ? showNowhere(c) : showBroken(c));
      setPageHeaders(c);
    }
  });
}

function rootsOf({ routes }: { readonly routes: readonly { readonly path: string }[] }): string[] {
  return routes.map(({ path }) => rootOf(path));
}

function rootOf(path: string): string {
  return path.split("/")[1] ?? "";
}

async function showNowhere(c: PageContext) {
  const content = (
    <>
      <p class="note warn">There is no such page. The address may be misspelt, or cut off.</p>
      <p>
        <a href="/">Go to the overview</a>, or read about the API under <a href="/docs">/docs</a>.
      </p>
    </>
  );
  return framed(c, "Not found", content, 404);
}

const BROKEN = "That did not work";

async function showBroken(c: PageContext) {
  const problem = await c.res.clone().json<Problem>();
  const content = (
    <>
      <ProblemNote problem={problem} />
      <p>
        <a href="/">Go to the overview</a>
      </p>
    </>
  );
  const title = c.req.method === "GET" ? BROKEN : titleAfter(problem, BROKEN);
  return framed(c, title, content, c.res.status as ContentfulStatusCode);
}

/** Of somebody who is signed in with the way to all other pages. */
async function framed(
  c: PageContext,
  title: string,
  content: Parameters<typeof page>[2],
  status: ContentfulStatusCode,
) {
  const signedIn = await whoIs(c);
  if (signedIn === null) {
    return plainPage(c, title, content, status);
  }
  c.set("signed_in", signedIn);
  return page(c, title, content, status);
}

async function whoIs(c: PageContext): Promise<SignedIn | null> {
  const access = await readAccess(c);
  if (access.kind === "signed_in") {
    return access.signed_in;
  }
  return access.kind === "none" ? readCookie(c) : null;
}
