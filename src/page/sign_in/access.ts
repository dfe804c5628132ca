import { createRemoteJWKSet, customFetch, errors, jwtVerify } from "jose";
import * as z from "zod";
import type { Access } from "../../config/access.ts";
import { describeThrown } from "../../platform/log.ts";
import type { PageContext, SignedIn } from "../context.ts";

/** What a token of Cloudflare Access says of who it lets in. Groups come as a claim of the identity provider. */
const Claims = z.object({
  sub: z.string().min(1),
  email: z.string().optional(),
  custom: z.object({ groups: z.array(z.string()).optional() }).optional(),
});

/** Whether Access lets somebody in: nobody asked it, nobody can tell, it is refused (and why), or who it is. */
export type AccessAnswer =
  | { readonly kind: "none" }
  | { readonly kind: "untold" }
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "signed_in"; readonly signed_in: SignedIn };

/** What is wrong with the certificates, and says nothing of a token. */
const UNREAD: ReadonlySet<string> = new Set([
  errors.JOSEError.code,
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
]);

/** Certificates are fetched by a team's first token and kept with its configuration. */
const certificates = new WeakMap<Access, ReturnType<typeof createRemoteJWKSet>>();

/**
 * Reads who is signed in by the header that Access sends with each request. It is verified against the
 * team's certificates: without Access in front, anybody can send the header.
 */
export async function readAccess(c: PageContext): Promise<AccessAnswer> {
  const { config, log, now } = c.get("deps");
  const token = c.req.header("cf-access-jwt-assertion");
  const { access, keyring } = config;
  if (access === null || keyring === null || token === undefined) {
    return { kind: "none" };
  }
  const issuer = `https://${access.team}`;
  try {
    const { payload } = await jwtVerify(token, certificatesOf(c, access), {
      issuer,
      audience: access.audience,
      algorithms: ["RS256"],
      requiredClaims: ["exp", "sub"],
      currentDate: new Date(now()),
    });
    const claims = Claims.safeParse(payload);
    const person = claims.success ? personOf(access, claims.data) : undefined;
    return person === undefined || !claims.success
      ? { kind: "refused", why: "ACCESS names neither your e-mail address nor a group of yours." }
      : {
          kind: "signed_in",
          signed_in: {
            key: person,
            form_token: keyring.hash("form", `${issuer} ${claims.data.sub}`),
            by: "access",
          },
        };
  } catch (thrown) {
    if (thrown instanceof errors.JOSEError && UNREAD.has(thrown.code)) {
      log("error", "access.unreadable", describeThrown(thrown));
      return { kind: "untold" };
    }
    if (thrown instanceof errors.JOSEError) {
      return {
        kind: "refused",
        why: `The token of Cloudflare Access is not valid (${thrown.code}).`,
      };
    }
    throw thrown;
  }
}

function personOf({ people }: Access, { email, custom }: z.output<typeof Claims>) {
  const groups = custom?.groups ?? [];
  return people.find(
    (one) =>
      (one.email !== undefined && email !== undefined && fold(one.email) === fold(email)) ||
      (one.group !== undefined && groups.includes(one.group)),
  );
}

/** Of ASCII alone: Unicode also folds other signs onto its letters, and those are other mailboxes. */
function fold(email: string): string {
  return email.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function certificatesOf(c: PageContext, access: Access) {
  const { fetch } = c.get("deps");
  const known =
    certificates.get(access) ??
    createRemoteJWKSet(new URL(`https://${access.team}/cdn-cgi/access/certs`), {
      timeoutDuration: 5000,
      [customFetch]: async (url, init) => {
        try {
          return await fetch(url, init);
        } catch (cause) {
          throw new errors.JOSEError("the team cannot be reached", { cause });
        }
      },
    });
  certificates.set(access, known);
  return known;
}
