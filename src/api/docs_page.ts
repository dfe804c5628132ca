import { html } from "hono/html";
import { JOB_ERROR_CODES, JOB_ERRORS } from "../core/report/job_errors.ts";
import { PROBLEM_CODES, PROBLEMS } from "./http/error_codes.ts";

/** As strict as the pages' own, except that the reference makes styles as it goes. */
export const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The guides of docs/, by what somebody comes to them for. */
const GUIDES = {
  TUTORIAL: "try everything in ten minutes",
  POLICIES: "write policies, preview and approve",
  ERASURES: "erase people, also by webhook",
  HOLDS: "hold sessions, pause removals",
  OPERATING: "operate it, when something is wrong",
  CONFIG: "configure it",
  SIGNALS: "watch it",
  API: "call the API",
  COMMAND: "use the command",
  PRIVACY: "know what stays behind at a provider",
  STORAGE: "know what is stored",
  GLOSSARY: "learn the words",
} as const;

/** Links within the guide lead nowhere from here: their text names the chapter. */
const withoutLinks = (text: string): string => text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");

/**
 * The page `/docs`: guides, problem codes, errors of jobs, and the API reference where it is at hand (`npm run assets`).
 * Each code is an anchor, to which the `type` of a problem refers.
 */
export function docsPage() {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Lethe: the API</title>
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/docs.css" />
        <script src="/docs.js" defer></script>
        <script src="/scalar.js" defer></script>
      </head>
      <body>
        <div id="about" class="about" role="main" aria-labelledby="title">
          <h1 id="title">The API</h1>
          <p>Every route, body and answer: <a href="/openapi.json">/openapi.json</a>.</p>
          <p id="without">
            With <code>npm run assets</code> and a network, this page also has a reference in which
            each call can be tried. A deployment fetches it by itself.
          </p>
          <h2>Guides</h2>
          <p>They are in the folder <code>docs/</code> of the repository.</p>
          <ul>
            ${Object.entries(GUIDES).map(
              ([name, purpose]) =>
                html`<li>To ${purpose}: <span data-guide="${name}">${name}</span></li> `,
            )}
          </ul>
          <h2>Problem codes</h2>
          <details>
            <summary>What each code means, and what to do</summary>
            <dl>
              ${PROBLEM_CODES.map((code) => {
                const { status, title, mend } = PROBLEMS[code];
                return html`<dt id="${code}"><code>${code}</code>, ${status}</dt>
                  <dd>${title}. ${mend}</dd>`;
              })}
            </dl>
          </details>
          <h2>Errors of sweeps and erasures</h2>
          <details>
            <summary>What the <code>error</code> of a report means, and what to do</summary>
            <p>
              Each code also stands in the guide
              <span data-guide="OPERATING">OPERATING</span>, to whose chapters these lines refer.
            </p>
            <dl>
              ${JOB_ERROR_CODES.map((code) => {
                const { meaning, mend } = JOB_ERRORS[code];
                return html`<dt id="job-${code}"><code>${code}</code></dt>
                  <dd>${meaning} ${withoutLinks(mend)}</dd>`;
              })}
            </dl>
          </details>
        </div>
        <div id="reference"></div>
      </body>
    </html>`;
}
