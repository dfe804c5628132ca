import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  timingSafeEqual,
} from "node:crypto";

// The only module that imports node:crypto: synchronous, so that hashes are made inside one turn.

/** What a derived key may be used for; one key per purpose, so that no hash can stand in for another. */
export type Purpose =
  | "token"
  | "seal"
  | "credential"
  | "session"
  | "lineage"
  | "body"
  | "subject"
  | "cursor"
  | "form";

const NONCE_BYTES = 12;

/** The keys derived from LETHE_SECRET. */
export interface Keyring {
  /** Eight hex digits that name the secret, so that a keyed hash tells which secret made it. */
  readonly key_id: string;
  /** `<key_id>:<hex>`: a keyed hash of a text for one purpose. */
  hash(purpose: Purpose, text: string): string;
  /** Encrypts a text (AES-256-GCM), bound to a context that opening must repeat. */
  seal(text: string, context: string, nonce: Uint8Array): string;
  /** Opens a sealed text; null when the secret, the context or the text is another. */
  open(sealed: string, context: string): string | null;
}

/** Lower-case hex SHA-256. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** HMAC-SHA-256 over bytes, for webhook signatures. */
export function hmacSha256(key: Uint8Array, data: string): Uint8Array {
  return createHmac("sha256", key).update(data).digest();
}

/** Compares two texts in constant time, by their hashes, so that even lengths do not show. */
export function equalSecrets(a: string, b: string): boolean {
  return timingSafeEqual(
    createHash("sha256").update(a).digest(),
    createHash("sha256").update(b).digest(),
  );
}

/** Derives the keyring from LETHE_SECRET (HKDF-SHA-256, one label per purpose). */
export function deriveKeyring(secret: string): Keyring {
  const derive = (label: string): Buffer =>
    Buffer.from(hkdfSync("sha256", secret, "lethe", label, 32));
  const keyId = derive("key-id").toString("hex").slice(0, 8);
  const keys = new Map<Purpose, Buffer>();
  const keyFor = (purpose: Purpose): Buffer => {
    const known = keys.get(purpose) ?? derive(purpose);
    keys.set(purpose, known);
    return known;
  };
  return {
    key_id: keyId,
    hash: (purpose, text) =>
      `${keyId}:${createHmac("sha256", keyFor(purpose)).update(text).digest("hex")}`,
    seal(text, context, nonce) {
      if (nonce.length !== NONCE_BYTES) {
        throw new Error(`a nonce is ${NONCE_BYTES} bytes`);
      }
      const cipher = createCipheriv("aes-256-gcm", keyFor("seal"), nonce);
      cipher.setAAD(Buffer.from(context));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return `${keyId}:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString("base64")}`;
    },
    open(sealed, context) {
      const [id, data, ...rest] = sealed.split(":");
      if (id !== keyId || data === undefined || rest.length > 0) {
        return null;
      }
      const bytes = Buffer.from(data, "base64");
      // Decoding passes over what is not base64, so only the one right spelling is taken.
      if (bytes.length < NONCE_BYTES + 16 || bytes.toString("base64") !== data) {
        return null;
      }
      const decipher = createDecipheriv("aes-256-gcm", keyFor("seal"), bytes.subarray(0, 12));
      decipher.setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(12, 28));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString(
          "utf8",
        );
      } catch {
        return null;
      }
    },
  };
}
