import { html } from "hono/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Child } from "hono/jsx";
import type { KeyScope } from "../../config/keys.ts";
import { may, type PageContext } from "../context.ts";
import { Form } from "./form.tsx";

/** The places of the navigation; one that a key may not read is not shown. */
const PLACES: readonly {
  readonly path: string;
  readonly name: string;
  readonly scope: KeyScope | null;
  /** It is about the whole deployment, and no key of some workspaces may read it. */
  readonly whole?: true;
}[] = [
  { path: "/", name: "Overview", scope: null },
  { path: "/policies", name: "Policies", scope: "policies:read" },
  { path: "/sweeps", name: "Sweeps", scope: "sweeps:read" },
  { path: "/erasures", name: "Erasures", scope: "erasures:read" },
  { path: "/holds", name: "Holds", scope: "holds:read" },
  { path: "/explain", name: "Explain", scope: "sessions:read" },
  { path: "/activity", name: "Activity", scope: "activity:read", whole: true },
];

interface DocumentProps {
  readonly title: string;
  readonly children: Child;
}

/** The document that every page is: one style sheet, two scripts, nothing inline. */
export function Document({ title, children }: DocumentProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} - Lethe`}</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
        <script src="/refresh.js" defer></script>
        <script src="/once.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        {children}
      </body>
    </html>
  );
}

/** Answers a page of somebody who is signed in: its title is the first heading. */
export function page(
  c: PageContext,
  title: string,
  content: Child,
  status: ContentfulStatusCode = 200,
) {
  const { key } = c.get("signed_in");
  const shown = PLACES.filter(
    ({ scope, whole }) =>
      (scope === null || may(c, scope)) && (whole !== true || key.reach === null),
  );
  const document = (
    <Document title={title}>
      <header class="bar">
        <a class="brand" href="/">
          Lethe
        </a>
        <nav aria-label="Main">
          <ul>
            {shown.map(({ path, name }) => (
              <li>
                <a href={path} aria-current={isIn(c.req.path, path) ? "page" : undefined}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Form c={c} action="/sign-out" class="who">
          <span>{key.name}</span>
          <button type="submit">Sign out</button>
        </Form>
      </header>
      <main id="main" tabindex={-1}>
        <h1>{title}</h1>
        {content}
      </main>
      <footer>All times and days are in UTC.</footer>
    </Document>
  );
  return c.html(html`<!doctype html>${document}`, status);
}

/** The place of the navigation that a path is in; of all others the overview. */
export function placeOf(path: string): { readonly path: string; readonly name: string } {
  return PLACES.find((place) => isIn(path, place.path)) ?? { path: "/", name: "Overview" };
}

function isIn(path: string, place: string): boolean {
  return path === place || (place !== "/" && path.startsWith(`${place}/`));
}
