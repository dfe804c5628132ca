import { createApp } from "../../src/api/app.ts";
import { describe } from "../../src/api/openapi/describe.ts";
import { PROBLEM_CODES, PROBLEMS } from "../../src/api/http/error_codes.ts";
import { AGENT_PATHS } from "../../src/store/agent_sessions/routes.ts";
import { describeStore } from "../../src/store/describe.ts";
import { ENDPOINTS } from "../../src/store/client_sessions/endpoints.ts";

/** What an operation of the OpenAPI document says, as far as it is looked at here. */
interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** The embedded store's routes have a list of their own. */
function isOfStore(path: string): boolean {
  return path in describeStore("").paths;
}

/** Every route of the API, with its key scope. */
export function routes(): string[] {
  const { paths } = describe(createApp()) as unknown as { readonly paths: Paths };
  const own = Object.entries(paths).filter(([path]) => !isOfStore(path));
  return own.flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => {
      const { summary = "", description = "", security = [] } = operation;
      const scopes = security.flatMap((one) => Object.values(one).flat());
      const needed = scopes.length === 0 ? "no key" : scopes.map((one) => `\`${one}\``).join(", ");
      // The scope stands in front already.
      const more = description.replace(/^Key scope: `[^`]*`\.\s*/, "");
      return `- \`${method.toUpperCase()} ${path}\` (${needed}): ${[`${summary}.`, more].join(" ").trim()}`;
    }),
  );
}

/** Every route of the embedded store, in the providers' formats. */
export function faceRoutes(): string[] {
  const client = Object.entries(ENDPOINTS).map(
    ([name, { methods, scope }]) =>
      `- \`/client_sessions/${name}\`: ${methods.join(" or ")} (\`${scope}\`)`,
  );
  const agent = Object.entries(AGENT_PATHS).map(([path, operations]) => {
    const methods = Object.entries(operations).map(
      ([method, { scope }]) => `${method} (\`${scope}\`)`,
    );
    return `- \`/v2${path.replaceAll(/:(\w+)/g, "{$1}")}\`: ${methods.join(", ")}`;
  });
  return [...client, ...agent];
}

/** Every code that a problem may have. */
export function problemCodes(): string[] {
  return PROBLEM_CODES.map((code) => {
    const { status, title, retryable, mend } = PROBLEMS[code];
    const again = retryable === true ? " Asking again can help." : "";
    return `- \`${code}\` (${status}): ${title}. ${mend}${again}`;
  });
}
