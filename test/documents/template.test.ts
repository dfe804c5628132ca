import { describe, expect, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import manifest from "../../package.json" with { type: "json" };
import { isNamed } from "../../src/config/misspelt.ts";
import { parseConfig } from "../../src/config/config.ts";
import { VARIABLES } from "../../src/config/variables.ts";
import { textOf } from "./text.ts";

// What the Deploy to Cloudflare button and the template linter of Cloudflare look at.

/** A binding of wrangler.toml: some have `binding` for their name, some `name`. */
interface Binding {
  readonly binding?: string;
  readonly name?: string;
  readonly id?: string;
  readonly database_id?: string;
}

/** wrangler.toml, as far as it is looked at here; what is left out of it is read as empty. */
interface Toml {
  readonly name: string;
  readonly triggers: { readonly crons: readonly string[] };
  readonly vars: Readonly<Record<string, unknown>>;
  readonly kv_namespaces: readonly Binding[];
  readonly d1_databases: readonly Binding[];
  readonly durable_objects: { readonly bindings: readonly Binding[] };
  readonly ratelimits: readonly Binding[];
  readonly analytics_engine_datasets: readonly Binding[];
  readonly assets: Binding;
}

const { bindings, ...card } = manifest.cloudflare;
const config = unstable_readConfig(
  { config: "wrangler.toml" },
  { hideWarnings: true },
) as unknown as Toml;
const README = textOf("README.md");

/** The lines of the example that set a variable, commented out or not. */
function example(pattern: RegExp): Map<string, string> {
  const found = textOf(".dev.vars.example").matchAll(pattern);
  return new Map([...found].map(([, name = "", value = ""]) => [name, value]));
}

const ASKED = example(/^([A-Z_]+)=(.*)$/gm);
const ALL = example(/^#?([A-Z_]+)=(.*)$/gm);

describe("what the button asks for", () => {
  test("is what must be given, each with a description", () => {
    expect([...ASKED.keys()]).toEqual(["LETHE_SECRET", "API_KEYS", "PLAN"]);
    expect(Object.keys(bindings)).toEqual(expect.arrayContaining([...ASKED.keys()]));
  });

  test("lets nothing in and removes nothing where the form is accepted as it is", () => {
    const { keyring, api_keys: keys, problems } = parseConfig(Object.fromEntries(ASKED));
    expect({ keyring, keys }).toEqual({ keyring: null, keys: [] });
    expect(problems.map(({ field }) => field)).toEqual(["LETHE_SECRET"]);
  });

  test("is known by its name, like everything else in the example", () => {
    const given = Object.fromEntries(
      [...ALL].map(([name, value]) => [name, value.replace(/^'(.*)'$/, "$1")]),
    );
    const unknown = [...ALL.keys()].filter((name) => !(name in VARIABLES) && !isNamed(name, given));
    expect(unknown).toEqual([]);
  });
});

describe("the description of the Worker", () => {
  test("has one for each binding of wrangler.toml, and for no other", () => {
    const names = [
      ...config.kv_namespaces,
      ...config.d1_databases,
      ...config.durable_objects.bindings,
      ...config.ratelimits,
      ...config.analytics_engine_datasets,
      config.assets,
    ].map(({ binding, name }) => binding ?? name);
    expect(config.vars).toEqual({});
    expect(new Set(Object.keys(bindings))).toEqual(new Set([...names, ...ASKED.keys()]));
    for (const { description } of Object.values(bindings)) {
      expect(description).toMatch(/^[A-Z].{20,}\.$/);
    }
  });

  test("asks for nothing that a fresh account of the free plan has not", () => {
    expect(config.analytics_engine_datasets).toEqual([]);
    expect(config.triggers.crons).toHaveLength(1);
    const ids = [
      ...config.kv_namespaces.map(({ id }) => id),
      ...config.d1_databases.map(({ database_id }) => database_id),
    ];
    expect(ids).toEqual(ids.map(() => undefined));
  });

  test("meets the rules of the template linter, as far as they are not about JSON", () => {
    expect(card.label).toBeTruthy();
    expect(card.products.length).toBeLessThanOrEqual(3);
    expect(["starter", "storage", "ai"]).toEqual(expect.arrayContaining(card.categories));
    expect(manifest.description).toBeTruthy();
    expect(Object.keys(manifest.scripts)).toEqual(
      expect.arrayContaining(["dev", "deploy", "cf-typegen"]),
    );
    expect(config).toMatchObject({
      name: manifest.name,
      observability: { enabled: true },
      upload_source_maps: true,
    });
    expect(textOf(".gitignore").split("\n")).toEqual(
      expect.arrayContaining(["node_modules/", ".wrangler/"]),
    );
  });

  test("begins with the button, and marks what the dashboard shows", () => {
    const [title, , button] = README.split("\n");
    expect(title).toBe("# Lethe");
    expect(button).toContain("https://deploy.workers.cloudflare.com/?url=https://github.com/");
    const [, shown = ""] =
      /<!-- dash-content-start -->([^]*)<!-- dash-content-end -->/.exec(README) ?? [];
    expect(shown.length).toBeGreaterThan(100);
    expect(shown).not.toMatch(/npm |!\[|```/);
  });
});
