import type { KeyScope } from "../../../src/config/keys.ts";

interface Role {
  readonly may: string;
  readonly scopes: readonly KeyScope[];
}

const READING = [
  "policies:read",
  "sweeps:read",
  "erasures:read",
  "holds:read",
  "switch:read",
  "activity:read",
  "metrics:read",
] as const satisfies readonly KeyScope[];

/** What `lethe key new` gives a key. docs/CONFIG.md is made from this. */
export const ROLES = {
  viewer: { may: "sees everything except sessions", scopes: READING },
  operator: {
    may: "writes policies, starts and cancels sweeps, pauses; approves nothing",
    scopes: [...READING, "sessions:read", "policies:write", "sweeps:run", "switch:write"],
  },
  approver: {
    may: "approves plans of sweeps and erasures, and changes nothing else",
    scopes: [...READING, "sessions:read", "sweeps:approve", "erasures:approve"],
  },
  privacy: {
    may: "asks for erasures, and places and releases holds",
    scopes: [...READING, "sessions:read", "erasures:write", "holds:write"],
  },
} as const satisfies Readonly<Record<string, Role>>;
export type RoleName = keyof typeof ROLES;

export const ROLE_NAMES = Object.keys(ROLES) as RoleName[];

/** The key scopes of several roles together. */
export function scopesOf(roles: readonly RoleName[]): KeyScope[] {
  return [...new Set(roles.flatMap((role): readonly KeyScope[] => ROLES[role].scopes))];
}
