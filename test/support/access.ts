import { exportJWK, SignJWT } from "jose";
import { NOW } from "./openapi/harness.ts";

/** The team of these tests at Cloudflare Access, and the application that is Lethe. */
export const TEAM = "acme.cloudflareaccess.com";
export const AUDIENCE = "a".repeat(64);

/** The variable ACCESS that lets these people in. */
export function accessOf(people: readonly object[]): string {
  return JSON.stringify({ team: TEAM, audience: AUDIENCE, people });
}

/** What the team answers when it is asked for its certificates. */
export async function certificates(key: CryptoKey): Promise<Response> {
  return Response.json({
    keys: [{ ...(await exportJWK(key)), kid: "k1", alg: "RS256", use: "sig" }],
  });
}

export interface Token {
  readonly email: string;
  readonly groups?: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  readonly ends?: number;
}

/** A token as the team gives it to a person who is let in. */
export async function signToken(
  key: CryptoKey,
  { email, groups, issuer = `https://${TEAM}`, audience = AUDIENCE, ends }: Token,
): Promise<string> {
  return new SignJWT({ email, ...(groups === undefined ? {} : { custom: { groups } }) })
    .setProtectedHeader({ alg: "RS256", kid: "k1" })
    .setSubject("person-1")
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(ends ?? NOW / 1000 + 60)
    .sign(key);
}
