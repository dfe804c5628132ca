const LEAST = 32;
const LEAST_DIFFERENT = 12;

/** What makes a secret easy to guess, in words without the secret; null: nothing that shows. */
export function weaknessOf(secret: string): string | null {
  if (secret !== secret.trim() || /\p{Cc}/u.test(secret)) {
    return "it has white space at an edge, or control characters";
  }
  if (secret.length < LEAST) {
    return `it has ${secret.length} characters: ${LEAST} are the least`;
  }
  if (new Set(secret).size < LEAST_DIFFERENT) {
    return "it has too few different characters";
  }
  return /^(.{1,16}?)\1+.{0,15}$/u.test(secret) ? "it repeats itself" : null;
}
