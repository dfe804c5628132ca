import { fraction, hex8, inShare, mix, mixText } from "./random.ts";
import type { SeamRow } from "./seam-store.ts";

/** A large set of sessions by rule; exactly floor(count * expired_share) are past expiry. */
export interface GenerateSessions {
  count: number;
  /** Default 1. The same seed and workspace give the same sessions. */
  seed?: number;
  /** Default 0.5. */
  expired_share?: number;
  /** What expiry is measured against; default the fake's clock. */
  now?: string;
  workspace_id?: string;
  /** How many people the sessions are spread over; default a third of count. */
  users?: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SCRAMBLE = 0x9e3779b1;

/** The inverse of an odd number modulo 2^32, by Newton's method. */
function inverse(odd: number): number {
  let guess = odd;
  for (let step = 0; step < 5; step += 1) {
    guess = Math.imul(guess, 2 - Math.imul(odd, guess));
  }
  return guess;
}

const UNSCRAMBLE = inverse(SCRAMBLE);

/** Sessions that are computed when asked for; only changes are kept. */
export class GeneratedSessions {
  readonly workspace: string;
  readonly suffix: string;
  /** Null: removed. */
  readonly changed = new Map<number, SeamRow | null>();
  readonly expired: number;
  readonly #count: number;
  readonly #share: number;
  readonly #users: number;
  readonly #now: number;
  readonly #salt: number;

  constructor(spec: GenerateSessions & { now: string; workspace_id: string }) {
    this.workspace = spec.workspace_id;
    this.#count = spec.count;
    this.#share = spec.expired_share ?? 0.5;
    this.#users = spec.users ?? Math.max(1, Math.floor(spec.count / 3));
    this.#now = Date.parse(spec.now);
    if (!Number.isFinite(this.#now)) {
      throw new Error("generate.now must be an ISO time");
    }
    if (!Number.isSafeInteger(spec.count) || spec.count < 0) {
      throw new Error("generate.count");
    }
    this.#salt = mixText(`${spec.seed ?? 1}:${spec.workspace_id}`);
    const [a, b] = [hex8(mix(this.#salt + 1)), hex8(mix(this.#salt + 2))];
    const tail = hex8(mix(this.#salt + 3)) + b.slice(4);
    this.suffix = `-${a.slice(0, 4)}-4${a.slice(4, 7)}-8${b.slice(0, 3)}-${tail}`;
    this.expired = Math.floor(this.#count * this.#share);
  }

  /** The id comes from the index by a permutation, so no table of ids is needed. */
  idAt(index: number): string {
    return hex8(Math.imul(index, SCRAMBLE) ^ this.#salt) + this.suffix;
  }

  indexOf(id: string): number | undefined {
    if (id.slice(8) !== this.suffix) {
      return undefined;
    }
    const index = Math.imul(Number.parseInt(id.slice(0, 8), 16) ^ this.#salt, UNSCRAMBLE) >>> 0;
    return index < this.#count ? index : undefined;
  }

  /** The row as it is now, undefined when it was removed. */
  at(index: number): SeamRow | undefined {
    const changed = this.changed.get(index);
    if (changed === null) {
      return undefined;
    }
    return changed ?? this.make(index);
  }

  /** The row as it was generated. */
  make(index: number): SeamRow {
    const salt = this.#salt;
    const expired = inShare(index, this.#share);
    const far = fraction(salt, index, 0);
    const expires = expired
      ? this.#now - MINUTE_MS - far * 60 * DAY_MS
      : this.#now + MINUTE_MS + far * 30 * DAY_MS;
    const last = expired ? expires : this.#now;
    const created = last - MINUTE_MS - fraction(salt, index, 1) * 30 * DAY_MS;
    const user = Math.floor(fraction(salt, index, 2) * this.#users);
    const id = this.idAt(index);
    return {
      owner: this.workspace,
      revoked: false,
      session: {
        client_session_id: id,
        workspace_id: this.workspace,
        created_at: new Date(created).toISOString(),
        expires_at: new Date(expires).toISOString(),
        token: `seam_cst1fake_${id.slice(0, 8)}${hex8(mix(salt ^ index))}`,
        user_identifier_key: `user-${user}`,
        device_count: index % 4,
        connected_account_ids: [],
        connect_webview_ids: [],
        user_identity_ids: [],
      },
    };
  }

  *rows(): Generator<SeamRow> {
    for (let index = 0; index < this.#count; index += 1) {
      const row = this.at(index);
      if (row !== undefined) {
        yield row;
      }
    }
  }

  get size(): number {
    let removed = 0;
    for (const row of this.changed.values()) {
      removed += row === null ? 1 : 0;
    }
    return this.#count - removed;
  }
}
