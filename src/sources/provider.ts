import type { Keyring } from "../core/values/hash.ts";
import type { Source } from "./source.ts";

/** The kinds of system there are: one folder each, and one line in `open.ts`. */
export const PROVIDER_NAMES = ["seam", "vectara", "d1"] as const;
export type ProviderName = (typeof PROVIDER_NAMES)[number];

/** The two kinds of session a source can hold. */
export type SessionKind = "client_sessions" | "agent_sessions";

/** One source as it is configured. */
export interface SourceConfig {
  readonly name: string;
  readonly provider: ProviderName;
  readonly kind: SessionKind;
  /** Base URL without a slash at its end; null for the embedded store. */
  readonly endpoint: string | null;
  readonly credential: string | null;
  /** Calls a second; null is unlimited. */
  readonly per_second: number | null;
  /** Pause between two read-backs of an erasure. */
  readonly settle_seconds: number;
  /** Where agent-session metadata names a person. */
  readonly person_paths: readonly string[];
  readonly shared_children: boolean;
}

/** What a source is opened with, besides its configuration. */
export interface SourceDeps {
  readonly store: D1Database;
  readonly keyring: Keyring;
  readonly now: () => number;
}

/** How a kind of system is reached: one folder each. */
export interface Provider {
  readonly kinds: readonly SessionKind[];
  /** Null: nothing to reach over the network. */
  readonly default_endpoint: string | null;
  readonly default_per_second: number | null;
  readonly default_settle_seconds: number;
  /** It may remove a session by itself (`ownExpiry`), whatever is held here. */
  readonly expires_by_itself: boolean;
  open(config: SourceConfig, deps: SourceDeps): Source;
}

/**
 * Names what a source reaches (provider, endpoint, credential), and whom its sessions name there, by a keyed
 * hash: read by other paths, a person's session would look like nobody's. A provider that tells its account
 * is known more closely once a row was seen.
 */
export function fingerprintOf(
  { provider, endpoint, credential, person_paths: paths, shared_children }: SourceConfig,
  keyring: Keyring,
): string {
  return keyring.hash(
    "credential",
    JSON.stringify([provider, endpoint, credential, paths, shared_children]),
  );
}

/** Equal where two sources reach the same account with the same credential. */
export function accountOf({ kind, provider, endpoint, credential }: SourceConfig): string {
  return JSON.stringify([kind, provider, endpoint, credential]);
}

/** The name of a source, and of every other that reaches the same account with the same credential. */
export function namesOf(config: SourceConfig, all: Iterable<SourceConfig>): ReadonlySet<string> {
  const same = [...all].filter((one) => accountOf(one) === accountOf(config));
  return new Set([config.name, ...same.map(({ name }) => name)]);
}

/** A source whose sessions of a kind are in the embedded store: all of one kind share its tables. */
export function embeddedOf(
  sources: ReadonlyMap<string, SourceConfig>,
  kind: SessionKind,
): SourceConfig | undefined {
  return [...sources.values()].find((one) => one.kind === kind && one.endpoint === null);
}

/** What is said of a name that no source has. */
export function noSuchSource(sources: ReadonlyMap<string, unknown>): string {
  return `no such source: there are ${[...sources.keys()].join(", ")}`;
}

/** Whether a source keeps its sessions in the embedded store, or on this machine: nothing real is behind it. */
export function isLocal(config: SourceConfig): boolean {
  return config.endpoint === null || isLoopback(config.endpoint);
}

/** Whether a URL points at this machine. */
export function isLoopback(endpoint: string): boolean {
  const { hostname } = new URL(endpoint);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
