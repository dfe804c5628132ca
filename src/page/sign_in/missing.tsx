import type { Config } from "../../config/config.ts";
import { SECRET_RULE } from "../../config/variables.ts";
import type { FieldError } from "../../core/values/field_error.ts";
import type { PageContext } from "../context.ts";
import { keyProblems } from "../../api/http/key_problems.ts";
import { plainPage } from "../frame/refusal.tsx";

/** The secrets without which nobody can sign in, and what is wrong with each. */
export function missingSecrets(config: Config): readonly FieldError[] {
  const keys = keyProblems(config);
  const noKeys = { field: "API_KEYS", message: "set it to the list of keys that may call the API" };
  return [
    ...(config.keyring === null ? [{ field: "LETHE_SECRET", message: SECRET_RULE }] : []),
    ...(config.api_keys.length > 0 ? [] : keys.length > 0 ? keys : [noKeys]),
  ];
}

/** What is missing before anybody can sign in, step by step. */
export function showMissing(c: PageContext, problems: readonly FieldError[]) {
  return plainPage(
    c,
    "Lethe is not set up yet",
    <>
      <p>Nothing can be read or removed until these secrets are there:</p>
      <ol>
        {problems.map(({ field, message }) => (
          <li>
            <strong>
              <code>{field}</code>
            </strong>
            : {message}.<pre>npx wrangler secret put {secretOf(field)}</pre>
          </li>
        ))}
      </ol>
      <p>
        A key is any long random text; <code>API_KEYS</code> holds its SHA-256 and what it may do:
      </p>
      <pre>{EXAMPLE}</pre>
      <p class="small">On your own machine they stand in the file .dev.vars instead.</p>
    </>,
    503,
  );
}

const EXAMPLE = `[{ "name": "me", "sha256": "<the key's SHA-256, in hex>", "scopes": ["*"] }]`;

function secretOf(field: string): string {
  return /^[A-Z_]+/.exec(field)?.[0] ?? field;
}
