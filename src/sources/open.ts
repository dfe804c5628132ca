import { d1Provider } from "./d1/provider.ts";
import type { Provider, ProviderName, SourceConfig, SourceDeps } from "./provider.ts";
import { seamProvider } from "./seam/provider.ts";
import type { Source } from "./source.ts";
import { vectaraProvider } from "./vectara/provider.ts";

const PROVIDERS: Readonly<Record<ProviderName, Provider>> = {
  seam: seamProvider,
  vectara: vectaraProvider,
  d1: d1Provider,
};

export function providerOf(name: ProviderName): Provider {
  return PROVIDERS[name];
}

/** Opens a source by its configuration. */
export function openSource(config: SourceConfig, deps: SourceDeps): Source {
  return PROVIDERS[config.provider].open(config, deps);
}
