import type { PageContext } from "../context.ts";

/** Nothing inline, nothing from elsewhere: what somebody writes into a hold or a policy stays text. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** What every page tells the browser of itself. */
export function setPageHeaders(c: PageContext): void {
  c.res.headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
  // With `no-referrer` a browser sends a form of our own with the origin "null".
  c.res.headers.set("referrer-policy", "same-origin");
  // Behind Access a window that another site opens is signed in: that site may not watch it.
  c.res.headers.set("cross-origin-opener-policy", "same-origin");
}
